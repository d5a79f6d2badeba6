"""Speed of this engine beside `transformers.generate`, in one run: `python -m engine.bench`."""
