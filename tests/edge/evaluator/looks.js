// What is wrong with how the page looks, by kind: lists of elements. Contrast as in WCAG 2.1, 1.4.3.
({textPx, targetPx, contrastMin}) => {
  const style = (one) => getComputedStyle(one);
  const seen = (one) => one.offsetParent !== null && style(one).clipPath === "none";
  const name = (one) => `${one.tagName} #${one.id || one.parentElement.id} ${one.textContent.trim().slice(0, 20)}`;
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);

  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = parts(style(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) =>
    0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
  const contrast = (one) => {
    const [dark, bright] = [light(parts(style(one).color)), light(behind(one))].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };

  const holds = (around, one) => {
    const box = one.getBoundingClientRect();
    return box.left >= around.left - 1 && box.top >= around.top - 1
      && box.right <= around.right + 1 && box.bottom <= around.bottom + 1;
  };
  const screen = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
  const frame = (one) => (one.closest("button, header, footer") || document.body).getBoundingClientRect();

  const all = [...document.querySelectorAll("body *")].filter(seen);
  const written = all.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const buttons = all.filter((one) => one.tagName === "BUTTON");
  return {
    small: written.filter((one) => parseFloat(style(one).fontSize) < textPx).map(name),
    outside: all.filter((one) => !holds(screen, one)).map(name),
    spilt: written.filter((one) => !holds(frame(one), one)).map(name),
    faint: written.filter((one) => contrast(one) < contrastMin).map(name),
    targets: buttons.filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < targetPx).map(name),
    scrolls: all.filter((one) => one.matches(".reasons") && one.scrollHeight > one.clientHeight).map(name),
  };
}
