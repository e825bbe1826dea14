// Numbers to text by std::to_chars, separated by backslashes: for test_writing.py.
#include <charconv>
#include <cstddef>

extern "C" std::size_t join(const double *numbers, std::size_t n, char *out) {
    char *at = out;
    for (std::size_t i = 0; i < n; i++) {
        if (i) *at++ = '\\';
        at = std::to_chars(at, at + 31, numbers[i]).ptr;
    }
    return static_cast<std::size_t>(at - out);
}
