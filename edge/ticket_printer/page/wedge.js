// A scanner that types: letters faster than any hand, and Enter.

const GAP_MS = 60;
const SHORTEST = 6;

// scanned(code) for each code; whatever a hand types is left alone.
export function listen(scanned) {
  let typed = "";
  let last = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      const quick = event.timeStamp - last < GAP_MS;
      last = event.timeStamp;
      if (event.key === "Enter" && quick && typed.length >= SHORTEST) {
        event.preventDefault();
        event.stopPropagation();
        scanned(typed);
        typed = "";
      } else if (event.key.length === 1) {
        typed = quick ? typed + event.key : event.key;
      }
    },
    true,
  );
}
