"""docs/masks.svg: which pixels a contour fills, and how the array lies in the patient.

python tools/mask_picture.py > docs/masks.svg
"""

from __future__ import annotations

import numpy as np

import rtstruct
from rtstruct.masks import Grid

STEP = 26
LEFT, TOP = 70, 64
NX, NY = 16, 11
CONTOUR = [(2, 2), (8, 1.3), (13.4, 3), (13.4, 8.6), (8, 8), (4.6, 9.4), (2, 7)]
HOLE = [(6, 4), (10, 4), (10, 6), (6, 6)]


def mask() -> np.ndarray:
    rings = [np.array([(x, y, 0.0) for x, y in ring]) for ring in (CONTOUR, HOLE)]
    roi = rtstruct.ROI(
        *(1, "PTV", "", None, "", "", "", ""),
        np.concatenate(rings),
        np.cumsum([0, *map(len, rings)]),
        *(["CLOSED_PLANAR"] * 2, [()] * 2, [None] * 2),  # type: ignore[arg-type]
    )
    return roi.mask(Grid((1, NY, NX), (0, 0, 0), (1, 1, 1))).array[0]


def at(x: float, y: float) -> tuple[float, float]:
    return LEFT + STEP * (x + 0.5), TOP + STEP * (y + 0.5)


def text(x: float, y: float, words: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {extra}>{words}</text>'


def main() -> None:
    width, height = LEFT + STEP * NX + 330, TOP + STEP * NY + 40
    inside = mask()
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
        '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="6" refY="3" '
        'orient="auto"><path d="M0,0 L6,3 L0,6 z" fill="#333"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for y in range(NY):
        for x in range(NX):
            px, py = LEFT + STEP * x, TOP + STEP * y
            fill = "#9ecae1" if inside[y, x] else "none"
            out.append(
                f'<rect x="{px}" y="{py}" width="{STEP}" height="{STEP}" '
                f'fill="{fill}" stroke="#ccc"/>'
            )
            cx, cy = at(x, y)
            dot = "#08519c" if inside[y, x] else "#bbb"
            out.append(f'<circle cx="{cx:g}" cy="{cy:g}" r="2.2" fill="{dot}"/>')
    for ring in (CONTOUR, HOLE):
        points = " ".join("{:g},{:g}".format(*at(*p)) for p in ring)
        out.append(
            f'<polygon points="{points}" fill="none" stroke="#d62728" '
            'stroke-width="2"/>'
        )
    arrow = 'stroke="#333" stroke-width="1.5" marker-end="url(#head)"'
    right, down = LEFT + 150, TOP + 150
    out += [
        f'<line x1="{LEFT}" y1="{TOP - 14}" x2="{right}" y2="{TOP - 14}" {arrow}/>',
        text(LEFT, TOP - 38, "array[z, y, x]: the last axis, x", 'font-weight="bold"'),
        text(LEFT, TOP - 22, "to the patient's left, where direction is identity"),
        f'<line x1="{LEFT - 14}" y1="{TOP}" x2="{LEFT - 14}" y2="{down}" {arrow}/>',
        text(
            0,
            0,
            "y",
            f'transform="translate({LEFT - 30},{TOP + 12})" font-weight="bold"',
        ),
        text(
            0,
            0,
            "to the back",
            f'transform="translate({LEFT - 26},{TOP + 110}) rotate(-90)"',
        ),
        text(
            LEFT,
            height - 14,
            "origin: the centre of the first voxel of the first "
            "slice; z goes to the head, into the page",
        ),
    ]
    x = LEFT + STEP * NX + 20
    notes = [
        "A pixel is inside (blue) where its",
        "centre (dot) is inside an odd number",
        "of times, by all contours of the slice.",
        "",
        "A centre on an edge belongs to what",
        "lies right of the edge, or below it:",
        "column 2 is in; of the hole, row 4 and",
        "column 6 are out, row 6 and column 10",
        "are in.",
    ]
    out += [text(x, TOP + 20 + 20 * i, line) for i, line in enumerate(notes)]
    print("\n".join([*out, "</svg>"]))


if __name__ == "__main__":
    main()
