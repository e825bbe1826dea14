"""Print src/rtstruct/_native/include/ds/powers_table.h: powers of ten as the kernel needs them.

Usage: python tools/make_powers_table.py > src/rtstruct/_native/include/ds/powers_table.h
"""

from fractions import Fraction

SMALLEST, LARGEST = -342, 308  # beyond: every 64-bit integer gives zero, or infinity
PAIR_LIMIT = 64
COMMON = 32


def top_128_bits(q: int) -> int:
    """Return the leading 128 bits of 5**q, rounded as Eisel-Lemire asks for."""
    if q >= 0:
        power = 5**q
        excess = power.bit_length() - 128
        return power >> excess if excess >= 0 else power << -excess
    power = 5**-q
    bits = power.bit_length()
    # 5**-q is no power of two, so this quotient has exactly 128 bits.
    quotient = (1 << (bits + 127)) // power
    # Up to 5**27, where 5**-q fits in 64 bits, the reciprocal is rounded up: then
    # exact quotients cannot look as if they were just below the true value.
    return quotient + 1 if q >= -27 else quotient


def as_pair(q: int) -> tuple[float, float]:
    """Return 10**q as the unevaluated sum of two doubles."""
    exact = Fraction(10) ** q
    high = float(exact)
    return high, float(exact - Fraction(high))


def main() -> None:
    print(
        "/* Powers of ten. Printed by tools/make_powers_table.py: change that, not this. */"
    )
    print("#ifndef RTS_DS_POWERS_TABLE_H")
    print("#define RTS_DS_POWERS_TABLE_H")
    print()
    print("#include <stdint.h>")
    print()
    print(f"#define RTS_DS_POWER_MIN ({SMALLEST})")
    print(f"#define RTS_DS_POWER_MAX {LARGEST}")
    print(f"#define RTS_DS_PAIR_LIMIT {PAIR_LIMIT}")
    print()
    print(
        "/* The leading 128 bits of 5**q, high word first, from q = RTS_DS_POWER_MIN. */"
    )
    print("static const uint64_t rts_ds_powers_of_five[][2] = {")
    for q in range(SMALLEST, LARGEST + 1):
        high, low = divmod(top_128_bits(q), 1 << 64)
        print(f"    {{UINT64_C(0x{high:016x}), UINT64_C(0x{low:016x})}},")
    print("};")
    print()
    print(
        "/* 10**q = high + low to about 107 bits, for -RTS_DS_PAIR_LIMIT <= q < that. */"
    )
    print("static const double rts_ds_power_pairs[][2] = {")
    for q in range(-PAIR_LIMIT, PAIR_LIMIT):
        high, low = as_pair(q)
        print(f"    {{{high.hex()}, {low.hex()}}},")
    print("};")
    print()
    print(f"#define RTS_DS_COMMON_POWERS {COMMON}")
    print()
    print(
        "/* Those of q = 0 and of -31 to -1, at q modulo 32: all high, then all low. */"
    )
    print("static const double rts_ds_common_powers[2][RTS_DS_COMMON_POWERS] = {")
    for part in range(2):
        print("    {")
        for i in range(COMMON):
            print(f"        {as_pair(i - COMMON if i else 0)[part].hex()},")
        print("    },")
    print("};")
    print()
    print("#endif")


if __name__ == "__main__":
    main()
