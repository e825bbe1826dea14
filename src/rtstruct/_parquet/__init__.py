"""Between structure sets and the Parquet datasets."""
