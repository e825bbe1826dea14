"""From a source to the parts of a structure set: what knows pydicom's inside."""
