"""Running the recipes of several answers, and settings that leave no stage out."""

EVERYTHING = {
    "repetition_penalty": 1.3,
    "no_repeat_ngram_size": 2,
    "min_new_tokens": 3,
    "temperature": 0.7,
    "top_h": 0.9,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.02,
    "typical_p": 0.95,
    "epsilon_cutoff": 0.0003,
    "eta_cutoff": 0.0006,
}


# Starting torch is what takes time: all scripts run in one process, each by itself.
DRIVER = """
import runpy, sys
scripts, sys.argv = sys.argv[2:], sys.argv[:2]
for script in scripts:
    print("<<<>>>")
    runpy.run_path(script, run_name="__main__")
"""


FOR_PEOPLE = {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": 12}
