// Finding services by what somebody typed: pinyin initials, Chinese, English, or a service's own letter. Pure.

// → services, the best first; none for nothing.
export function find(services, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [];
  return services
    .map((service, place) => ({ service, place, rank: rank(service, wanted) }))
    .filter((found) => found.rank < 9)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map((found) => found.service);
}

function rank(service, wanted) {
  const words = service.english.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  const english = words.map((word) => word[0]).join("");
  if (service.letter.toLowerCase() === wanted) return 0;
  if (service.initials.startsWith(wanted)) return 1;
  if (service.name.toLowerCase().includes(wanted)) return 1;
  if (service.initials.includes(wanted)) return 2;
  if (english.startsWith(wanted)) return 3;
  if (words.some((word) => word.startsWith(wanted))) return 4;
  if (wanted.length > 1 && inOrder(service.initials, wanted)) return 5;
  return 9;
}

// Whether the letters are all there, in that order: sbzy for 社保关系转移.
function inOrder(letters, wanted) {
  let from = 0;
  for (const letter of wanted) {
    from = letters.indexOf(letter, from) + 1;
    if (!from) return false;
  }
  return true;
}
