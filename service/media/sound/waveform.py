"""How a finished recording sounds, to be looked at: its peaks, and a picture of them with the pauses marked.

A function of the `completed` event alone: the same picture on every host, and no sound is read to draw it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from service.domain.events import PauseHeard, RecordingCompleted
from service.domain.values import PauseBehavior
from service.media.sound.mixer import SIDES

WIDTH, GUTTER, MARGIN = 1000, 96, 32
TOP, PLAIN_TOP, LANE, GAP, AXIS = 34, 16, 76, 10, 30
FEWEST_BARS, MOST_BARS = 60, 240
WIDEST_BAR = 6
MOST_TICKS = 9
STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
LABEL = 86
"""What a pause's label takes of the width."""
STYLE = (
    ".wf{color-scheme:light dark}.wf text{font:12px system-ui,sans-serif}.wf .side{font-weight:600}"
    ".wf .page{fill:#fff;stroke:#e2e8f0}.wf .ink{fill:#475569}.wf .line{stroke:#cbd5e1}"
    ".wf .a{stroke:#4f46e5}.wf .b{stroke:#0d9488}.wf .cut{stroke:#d97706}.wf .mark{fill:#b45309}"
    ".wf .band{fill:#f59e0b;fill-opacity:.13;stroke:#d97706;stroke-opacity:.45}"
    ".wf .hatch{stroke:#d97706;stroke-opacity:.5}"
    "@media(prefers-color-scheme:dark){.wf .page{fill:#0f172a;stroke:#334155}.wf .ink{fill:#cbd5e1}"
    ".wf .line{stroke:#475569}.wf .a{stroke:#a5b4fc}.wf .b{stroke:#5eead4}.wf .mark{fill:#fbbf24}}"
)
"""Every rule is for the picture alone: it may stand within a page."""
HATCH = (
    '<defs><pattern id="h" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0 0v8" stroke-width="2"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Seconds of the file to places across the picture; `top` and `bottom` are those of its lanes."""

    seconds: float
    left: int
    top: int
    bottom: int

    def x(self, at: float) -> float:
        return self.left + (WIDTH - MARGIN - self.left) * at / self.seconds


def peaks(facts: RecordingCompleted) -> list[list[int]]:
    """Return the peaks of each channel, 255 at full scale; none of a recording that was finished without."""
    return [list(bytes.fromhex(channel)) for channel in facts.peaks]


def clock(seconds: float) -> str:
    """Return a time as players write it: 0:05, 12:30, 1:00:00; with tenths or hundredths only where it has them."""
    hundredths = round(seconds * 100)
    hours, minutes, rest = hundredths // 360_000, hundredths // 6000 % 60, hundredths % 6000
    part = f".{rest % 100:02}".rstrip("0").rstrip(".")
    return (f"{hours}:{minutes:02}" if hours else f"{minutes}") + f":{rest // 100:02}{part}"


def svg(facts: RecordingCompleted, name: str) -> str:
    """Return the picture as SVG, without script or font of its own; readable on light pages and dark, and aloud."""
    lanes = peaks(facts)
    top = TOP if facts.pauses else PLAIN_TOP
    left, bottom = GUTTER if len(lanes) > 1 else MARGIN, top + len(lanes) * (LANE + GAP) - GAP
    scale, height = _Scale(facts.samples / facts.sample_rate, left, top, bottom), bottom + AXIS
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wf" {size} role="img" aria-labelledby="t d">',
        f'<title id="t">Waveform of {escape(name)}</title><desc id="d">{_told(facts)}</desc>',
        f"<style>{STYLE}</style>{HATCH}",
        f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
        *_axis(scale),
        *(part for number, lane in enumerate(lanes) for part in _lane(scale, facts, number, lane)),
        *_pauses(scale, facts),
        "</svg>\n",
    )
    return "".join(parts)


def _told(facts: RecordingCompleted) -> str:
    sides = "two channels, inbound above outbound" if len(facts.peaks) > 1 else "one channel"
    pauses = "; ".join(_said(facts, pause) for pause in facts.pauses) or "no pauses"
    return f"{clock(facts.samples / facts.sample_rate)} long; {sides}; {pauses}."


def _said(facts: RecordingCompleted, pause: PauseHeard) -> str:
    begin, end = (clock(at / facts.sample_rate) for at in (pause.begin, pause.end))
    return f"paused and left out at {begin}" if pause.behavior is PauseBehavior.SKIP else f"paused {begin} to {end}"


def _lane(scale: _Scale, facts: RecordingCompleted, number: int, lane: Sequence[int]) -> Iterator[str]:
    middle = scale.top + number * (LANE + GAP) + LANE / 2
    yield f'<path class="line" d="M{scale.left} {_n(middle)}H{WIDTH - MARGIN}"/>'
    heights = _heights(facts, lane)
    pitch = (WIDTH - MARGIN - scale.left) / len(heights)
    bars = "".join(
        f"M{_n(scale.left + (bar + 0.5) * pitch)} {_n(middle - height)}v{_n(2 * height)}"
        for bar, height in enumerate(heights)
        if height
    )
    if bars:
        width = _n(min(WIDEST_BAR, 0.6 * pitch))
        yield f'<path class="{"ab"[number % 2]}" d="{bars}" stroke-width="{width}" stroke-linecap="round"/>'
    if len(facts.peaks) > 1:
        yield f'<text class="ink side" x="18" y="{_n(middle + 4)}">{SIDES[number]}</text>'


def _heights(facts: RecordingCompleted, lane: Sequence[int]) -> list[float]:
    """Return half of each bar: by the square root of the loudness, nearer to what an ear makes of it."""
    bars = min(max(len(lane), FEWEST_BARS), MOST_BARS)
    at = [bar * facts.samples // (bars * facts.peak_samples) for bar in range(bars + 1)]
    loudest = [max(lane[first : max(first + 1, last)], default=0) for first, last in pairwise(at)]
    return [max(0.4, (LANE / 2 - 1) * (peak / 255) ** 0.5) if peak else 0.0 for peak in loudest]


def _axis(scale: _Scale) -> Iterator[str]:
    step = next((step for step in STEPS if scale.seconds / step <= MOST_TICKS), scale.seconds)
    places = [(at, scale.x(at)) for at in (step * number for number in range(int(scale.seconds / step + 1e-9) + 1))]
    ticks = "".join(f"M{_n(x)} {scale.top}V{scale.bottom + 5}" for _, x in places)
    yield f'<path class="line" d="{ticks}" stroke-opacity=".55"/><g class="ink" text-anchor="middle">'
    yield from (f'<text x="{_n(x)}" y="{scale.bottom + 20}">{clock(at)}</text>' for at, x in places)
    yield "</g>"


def _pauses(scale: _Scale, facts: RecordingCompleted) -> Iterator[str]:
    free = 0.0
    for pause in facts.pauses:
        left, right = (scale.x(min(at, facts.samples) / facts.sample_rate) for at in (pause.begin, pause.end))
        middle = min(max((left + right) / 2, LABEL / 2 + 4), WIDTH - LABEL / 2 - 4)
        yield f"<g><title>{_said(facts, pause)}</title>"
        if pause.behavior is PauseBehavior.SKIP:
            yield f'<path class="cut" d="M{_n(left)} {scale.top - 4}V{scale.bottom}" stroke-dasharray="4 3"/>'
        else:
            across = f'x="{_n(left)}" width="{_n(max(2, right - left))}"'
            box = f'{across} y="{scale.top - 4}" height="{scale.bottom - scale.top + 4}" rx="3"'
            yield f'<rect class="band" {box}/><rect fill="url(#h)" {box}/>'
        if middle - LABEL / 2 >= free:
            lasted = clock((pause.end - pause.begin) / facts.sample_rate)
            word = "cut" if pause.behavior is PauseBehavior.SKIP else f"paused for {lasted}"
            yield f'<text class="mark" text-anchor="middle" x="{_n(middle)}" y="{scale.top - 12}">{word}</text>'
            free = middle + LABEL / 2
        yield "</g>"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
