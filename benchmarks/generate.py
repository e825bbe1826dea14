"""Make large structure sets: `rtstruct.bench.generate`, where it always was.

python benchmarks/generate.py M out.dcm --style a --undefined --seed 0
"""

from rtstruct.bench.generate import SHAPES, STYLES, main, structure_set, tokens

__all__ = ["SHAPES", "STYLES", "structure_set", "tokens"]

if __name__ == "__main__":
    main()
