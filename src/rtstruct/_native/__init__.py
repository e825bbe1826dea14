"""What is compiled: decimal text to doubles and back, and the walk to where it stands.

One extension a layer, each with the C header, .pxd, .pyx and .pyi of one name:
`decimal_string` reads numbers and `decimal_format` writes them, `contour_index` knows
where the contours lie in the bytes of a structure set, `roi_columns` puts the two
together, an ROI at a time.
"""

from .decimal_string import kernel_name, kernels, parse_contours, parse_ds

__all__ = ["kernel_name", "kernels", "parse_contours", "parse_ds"]
