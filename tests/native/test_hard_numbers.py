"""Texts that are hard to round, and all short ones; in full: ``.ci/run numbers``."""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import hard_numbers

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "src" / "rtstruct" / "_native" / "include"


@pytest.mark.parametrize("kind", hard_numbers.KINDS)
def test_hard_numbers(kind: str) -> None:
    texts = hard_numbers.KINDS[kind](random.Random("a moment"))
    assert hard_numbers.check(itertools.islice(texts, 5000)) == 5000


def test_a_half_is_one() -> None:
    rng = random.Random("halves")
    for _ in range(300):
        bits = min(hard_numbers.some_bits(rng), hard_numbers.MOST - 1)
        digits, power = hard_numbers.half(bits)
        text = hard_numbers.written(digits, power, rng)
        below, above = (Fraction(hard_numbers.double(b)) for b in (bits, bits + 1))
        assert Fraction(text) == (below + above) / 2


def test_nearly_a_half_is_nearer_than_by_chance() -> None:
    rng, near = random.Random("nearly halves"), 0
    for _ in range(200):
        n = 10**17
        power = rng.randrange(-300, 280)
        digits = hard_numbers.near_half(rng.randrange(n, 9 * n), power, n)
        if digits is None:
            continue
        value = digits * Fraction(10) ** power
        low = Fraction(float(value))
        m, e = low.numerator.bit_length() - low.denominator.bit_length(), 52
        ulp = Fraction(2) ** (m - e)
        distance = abs(value / ulp % 1 - Fraction(1, 2))
        # the power of two may be estimated one too high
        near += min(distance, abs(2 * value / ulp % 1 - Fraction(1, 2))) < Fraction(
            8, n
        )
    assert near > 100


def test_what_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(kernel: str, value: bytes) -> object:
        found = parse(kernel, value)
        if len(found) > 7:
            found[7] += 1
        return found

    parse = hard_numbers.parse_ds_with
    monkeypatch.setattr(hard_numbers, "parse_ds_with", wrong)
    with pytest.raises(AssertionError, match=r": 8 is 9\.0, not 8\.0"):
        hard_numbers.check(map(str, range(1, 10)))


@pytest.mark.unsanitized  # a program of its own
def test_all_short_texts(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or not HEADERS.exists():
        pytest.skip("needs a C compiler, and the headers")
    program = tmp_path / "check_short_texts"
    source = HERE / "c" / "check_short_texts.c"
    options = ["-std=c11", "-O1", f"-I{HEADERS}", "-o", program, "-lm"]
    subprocess.run([compiler, source, *options], check=True)
    found = subprocess.run([program, "3"], capture_output=True, text=True, check=True)
    assert found.stdout.startswith(f"ok: {1 + 12 + 12**2 + 12**3} texts, ")
