"""Texts between backslashes that are no decimal number, or none that a double holds."""

BAD_NUMBERS = [
    *(b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"1_0", b"0x1", b"0x1p3", b"abc"),
    *(b"1e", b"1e+", b"1E-", b"e5", b".e5", b"1e5.0", b"1e5e5", b"1e 5", b"1d5"),
    *(b"-", b"+", b".", b"-.", b"--1", b"+-1", b"1-", b"1.2.3", b"1..2", b"1,5"),
    *(b"1 2", b"1\t2", b"1\x002", b"1\x0b", b"\x0c1", b"1a", b"a1", b"1.5mm"),
    *(b"/", b"*", b"1/2", b"1:2", b"1:5", b"1;", b"1;2", b"$1", b"'1'", b"(1)"),
    *(b"\x7f", b"\xff", b"\xb2", b"1\xb2", b"\xd9\xa1"),  # some are digits elsewhere
    *(b"\xb0\xae345678", b"283\xb1\xae71791338"),  # the sum of the two is one
    *(b"1e309", b"-1e309", b"1.7976931348623159e308", b"1.8e308", b"1e400"),
    *(b"1e99999999999", b"1e99999999999999999999", b"1" + b"0" * 400, b"9" * 400),
]
