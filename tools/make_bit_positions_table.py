"""Print src/rtstruct/_native/include/ds/x86/bit_positions_table.h: the places of the bits of a byte.

Usage: python tools/make_bit_positions_table.py > src/rtstruct/_native/include/ds/x86/bit_positions_table.h
"""


def main() -> None:
    print(
        "/* Bits of a byte. Printed by tools/make_bit_positions_table.py: change that, not this. */"
    )
    print("#ifndef RTS_DS_BIT_POSITIONS_TABLE_H")
    print("#define RTS_DS_BIT_POSITIONS_TABLE_H")
    print()
    print("#include <stdint.h>")
    print()
    print(
        "/* For each byte the places of its 1-bits, counted from 1, lowest bit first: one"
    )
    print("   in each byte of the entry, the first of them lowest. */")
    print("static const uint64_t rts_ds_bit_positions[256] = {")
    for byte in range(256):
        places = [bit + 1 for bit in range(8) if byte >> bit & 1]
        entry = sum(place << 8 * i for i, place in enumerate(places))
        print(f"    UINT64_C(0x{entry:016x}),")
    print("};")
    print()
    print("#endif")


if __name__ == "__main__":
    main()
