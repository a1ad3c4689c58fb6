"""What an OLED of 128×64 dots shows: a bar, two lines or one large number, and a line at the foot. Pillow, mode "1"."""

from PIL import Image, ImageDraw

from edge.caller import words
from edge.caller.face import Display
from edge.caller.lines import wrapped
from edge.runtime import glyphs
from edge.runtime.cells import CELL, cell_width, text_width

SIZE = (128, 64)
_LINES = SIZE[1] // CELL  # a bar and three lines
_PAGE_STEPS = 6  # what is longer than the lines goes on after so many steps
_DOTS_STEPS = 4
_LARGE = (10, 16)  # dots of a numeral; doubled where there is room
_LARGE_MAX = 11  # signs in a line, if need be close together
_LIT = 255


def blank() -> Image.Image:
    return Image.new("1", SIZE)


def moves(display: Display) -> bool:
    """Whether the picture changes with the step."""
    lines = {"refused": _said, "choice": _choices}.get(display.mode)
    return display.mode == "wait" or (lines is not None and len(lines(display)) > _LINES - 1)


def draw(display: Display, step: int = 0) -> Image.Image:
    image = blank()
    match display.mode:
        case "rest":
            _rest(image, display)
        case "entry":
            _bar(image, display, "输入")
            _large(image, display.text, 20)
        case "choice":
            _bar(image, display, "原因", "确认=无")
            _page(image, _choices(display), step, centred=False)
        case "wait":
            _wait(image, display, step)
        case "refused":
            _bar(image, display, "未办", f"E{words.number(display.code):02}", warning=True)
            _page(image, _said(display), step)
        case "here":
            _bar(image, display, f"{display.counter}窗口" if display.counter else "")
            _middle(image, "这里HERE", CELL + 8)
        case "pairing":
            _link(image, online=False)
            _text(image, "配对 Pairing", 16, 0)
            _large(image, display.number, CELL)
            _text(image, "请在中枢页面批准", 0, SIZE[1] - CELL)
        case "test":
            _test(image, display)
    return image


def _rest(image: Image.Image, display: Display) -> None:
    waiting = "等候--" if display.waiting is None else f"等候{display.waiting}"
    if display.phase is None:
        _bar(image, display, display.text if display.online else "离线")
        _page(image, ["等待分配窗口", "Not assigned"] if display.online else ["系统连接中断", "Offline"], 0)
        return
    counter, clerk = f"{display.counter}窗口", f"工号{display.clerk}" if display.clerk else ""
    if display.number:
        _bar(image, display, words.PHASES[display.phase] if display.online else "离线", waiting)
        _large(image, display.number, CELL)
        _text(image, counter, 0, SIZE[1] - CELL)
    else:
        _bar(image, display, counter if display.online else "离线", waiting)
        _middle(image, words.PHASES[display.phase], CELL)
    _text(image, clerk, SIZE[0] - text_width(clerk), SIZE[1] - CELL)


def _wait(image: Image.Image, display: Display, step: int) -> None:
    if display.text != words.WAITING:
        _bar(image, display, display.text)
    else:
        _bar(image, display, "已按键")
    pen = ImageDraw.Draw(image)
    for dot in range(3):
        left, lit = 34 + 24 * dot, dot <= step % _DOTS_STEPS
        pen.ellipse((left, 34, left + 11, 45), fill=_LIT if lit else 0, outline=_LIT)


def _test(image: Image.Image, display: Display) -> None:
    if display.test == "display":
        image.paste(_LIT, (0, 0, *SIZE))
        return
    title, _, key = display.text.partition(" ")
    _bar(image, display, title)
    _middle(image, key, 16)


def _choices(display: Display) -> list[str]:
    """As many in a line as there is room for."""
    lines: list[str] = []
    for digit, reason in display.choices:
        if lines and text_width(f"{lines[-1]} {digit}{reason}") <= SIZE[0]:
            lines[-1] += f" {digit}{reason}"
        else:
            lines.append(digit + reason)
    return lines


def _said(display: Display) -> list[str]:
    lines = wrapped(display.text, SIZE[0])
    return lines + (wrapped(display.english, SIZE[0]) if display.english else [])


def _page(image: Image.Image, lines: list[str], step: int, *, centred: bool = True) -> None:
    """Three lines; more go on page by page."""
    room = _LINES - 1
    pages = -(-len(lines) // room)
    page = step // _PAGE_STEPS % pages
    shown = lines[page * room : (page + 1) * room]
    top = CELL + (room - len(shown)) * CELL // 2
    for n, line in enumerate(shown):
        _text(image, line, (SIZE[0] - text_width(line)) // 2 if centred else 0, top + n * CELL)


def _bar(image: Image.Image, display: Display, left: str, right: str = "", *, warning: bool = False) -> None:
    """The first line: whether the hub listens, what this is about, and something more; inverted for a warning."""
    _link(image, online=display.online)
    _text(image, left, 16, 0)
    _text(image, right, SIZE[0] - text_width(right), 0)
    if warning or not display.online:
        bar = image.crop((0, 0, SIZE[0], CELL)).point(lambda dot: 255 - dot)
        image.paste(bar, (0, 0))


def _link(image: Image.Image, *, online: bool) -> None:
    """Three bars that rise; crossed out while the hub does not listen."""
    pen = ImageDraw.Draw(image)
    if online:
        for n in range(3):
            pen.rectangle((1 + 4 * n, 11 - 4 * n, 3 + 4 * n, 13), fill=_LIT)
    else:
        pen.line((2, 3, 12, 13), fill=_LIT, width=2)
        pen.line((2, 13, 12, 3), fill=_LIT, width=2)


def _large(image: Image.Image, text: str, top: int) -> None:
    """In the numerals of tickets, doubled if they fit; a sign that is none of these is small, at the line."""
    text = text[-_LARGE_MAX:]
    scale = 2 if len(text) * (2 * _LARGE[0] + 2) <= SIZE[0] else 1
    width, height = _LARGE[0] * scale, _LARGE[1] * scale
    gap = min(4, (SIZE[0] - len(text) * width) // len(text))
    left = (SIZE[0] - len(text) * (width + gap) + gap) // 2
    top += (32 - height) // 2
    for sign in text:
        rows = glyphs.numeral(sign)
        if rows is None:
            ImageDraw.Draw(image).rectangle((left, top + height - 3, left + width - 1, top + height - 1), fill=_LIT)
        else:
            numeral = Image.new("1", _LARGE)
            numeral.putdata([255 * (dot == "#") for row in rows for dot in row])
            image.paste(numeral.resize((width, height), Image.Resampling.NEAREST), (left, top))
        left += width + gap


def _middle(image: Image.Image, text: str, top: int) -> None:
    """Words as large as 32 dots of height allow."""
    line = Image.new("1", (max(1, text_width(text)), CELL))
    _text(line, text, 0, 0)
    if 2 * line.width <= SIZE[0]:
        line = line.resize((2 * line.width, 2 * CELL), Image.Resampling.NEAREST)
    image.paste(line, ((SIZE[0] - line.width) // 2, top + (2 * CELL - line.height) // 2))


def _text(image: Image.Image, text: str, left: int, top: int) -> None:
    for sign in text:
        width = cell_width(sign)
        dots = Image.frombytes("1", (CELL, CELL), glyphs.cell(sign)).crop((0, 0, width, CELL))
        image.paste(dots, (left, top))
        left += width
