"""One module a library that can be accelerated; each has `MADE_FOR` and `install`."""
