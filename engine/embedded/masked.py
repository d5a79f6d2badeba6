"""The objective of an encoder: the words that are hidden in a text (a BERT).

Whole words are hidden, a mask for each of their tokens, so that a single mask always stands for a
word of one token; mostly such words, since a gap is filled with nothing else. Each window hides the
same number of tokens: the head, which is only asked about them, then costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import BertForMaskedLM, PreTrainedTokenizerFast

from engine.embedded.corpus import (
    END_OF_TEXT,
    EVERYDAY,
    KINDS,
    LITERATURE,
    PROSE,
    paragraph_starts,
    prepare,
)
from engine.embedded.lone_sentences import lone_sentences
from engine.embedded.loss import Kernel, head_loss, nats_and_gradient
from engine.embedded.masked_network import (
    MASK,
    PAD,
    add_mask,
    bert_config,
    look_at_neighbours,
    mask_token,
)
from engine.embedded.number_type import computing
from engine.embedded.objective import Batch, draw_kind, token_id
from engine.embedded.recipe import MaskedRecipe
from engine.embedded.token_words import TokenWords, chances_by_rarity

EVALUATION_WINDOWS = 64
LONE_LENGTHS = (5, 6, 7, 8, 10, 12, 15)
"""Of lone sentences, in tokens; not all, since each is compiled by itself."""
TOLD = (LITERATURE, EVERYDAY, PROSE)
"""Kinds whose sentences also say something by themselves."""
TOKENIZER_FILE = Path(__file__).parent / "tokenizer.json"
SAMPLE_TEXTS = (
    "Me gusta el café con [MASK].",
    "¿[MASK] hora es?",
    "Mi hermana vive en una [MASK] muy grande.",
    "Esta noche vamos a [MASK] una película.",
    "El perro duerme debajo de la [MASK].",
)


class MaskedObjective:
    """A BERT and the corpus in the tokens of the first model.

    Args:
        recipe: What decides the result.
        corpus: Folder with `*.txt.xz` files.
        work: Folder of the encoded corpus.
        device: Where to train.
        tokenizer_file: The vocabulary; that of the first model if there is none.
    """

    def __init__(
        self,
        recipe: MaskedRecipe,
        corpus: Path,
        work: Path,
        device: str,
        tokenizer_file: Path | None,
    ) -> None:
        self.recipe = recipe
        self.device = device
        plain_file = tokenizer_file or TOKENIZER_FILE
        self.tokenizer, self.ids = prepare(
            corpus,
            work,
            vocab_size=recipe.vocab_size,
            validation_share=recipe.validation_share,
            seed=recipe.seed,
            tokenizer_file=plain_file,
        )
        add_mask(self.tokenizer)
        self.mask_id = token_id(self.tokenizer, MASK)
        self.starts = {
            kind: paragraph_starts(self.tokenizer, self.ids[f"{kind}.training"]) for kind in KINDS
        }
        told = np.concatenate([self.ids[f"{kind}.training"] for kind in TOLD])
        lone = lone_sentences(self.tokenizer, told, LONE_LENGTHS) if recipe.lone_share else {}
        self.lone = {length: sentences for length, sentences in lone.items() if len(sentences)}
        everything = np.concatenate([self.ids[f"{kind}.training"] for kind in KINDS])
        self.chances = chances_by_rarity(
            everything, self.tokenizer.get_vocab_size(), recipe.common_share
        )
        self.words = TokenWords(self.tokenizer, self.chances)
        build: Any = BertForMaskedLM
        self.model = build(bert_config(recipe, self.tokenizer)).to(device)
        # The head's bias would have to be learned beside a matrix that the loss sees alone.
        self.model.cls.predictions.bias.requires_grad_(False)
        self._calibrate()
        look_at_neighbours(self.model)
        self._body: Any = self.model.bert
        self._kernel: Kernel = nats_and_gradient

    def is_matrix(self, name: str) -> bool:
        """Whether a parameter lies in a block."""
        return ".layer." in name

    def compile(self) -> None:
        """Fuse the operations of the body and of the loss."""
        torch._dynamo.config.recompile_limit = 2 * (len(LONE_LENGTHS) + 3)
        self._body = torch.compile(self.model.bert, dynamic=False)
        self._kernel = torch.compile(nats_and_gradient, dynamic=False)

    def start(self, weights: dict[str, Tensor]) -> bool:
        """Begin with the weights of a BERT, or with the token embeddings of a GPT-2."""
        embeddings = weights.get("transformer.wte.weight")
        if embeddings is None:
            self.model.load_state_dict(weights)
            self._calibrate()
            return True
        with torch.no_grad():
            table = self.model.bert.embeddings.word_embeddings.weight
            table[: len(embeddings)] = embeddings.to(table.device)
            table[len(embeddings) :] = embeddings.mean(0).to(table.device)
        look_at_neighbours(self.model)
        return False

    def _calibrate(self) -> None:
        """Let the model, not its loss, give back to common words what they are hidden less."""
        lift = -self.recipe.calibration * np.log(self.chances)
        with torch.no_grad():
            self.model.cls.predictions.bias.copy_(torch.from_numpy(lift))

    def draw(self, dice: np.random.Generator) -> Batch:
        """Draw a step's windows, all of one length.

        Returns:
            Ids with masks, shape (windows, length); places in the window that are hidden and what
            stands there, both of shape (windows, hidden).
        """
        recipe = self.recipe
        if self.lone and dice.random() < recipe.lone_share:
            sentences = self.lone[int(dice.choice(list(self.lone)))]
            drawn = dice.integers(len(sentences), size=recipe.step_tokens // sentences.shape[1])
            return self.hide(sentences[drawn], dice)
        luck = dice.random()
        length = recipe.window
        if luck < recipe.short_share + recipe.long_share:
            length = recipe.short_window if luck < recipe.short_share else recipe.n_positions
        sizes = {kind: len(starts) for kind, starts in self.starts.items()}
        rows = []
        for _ in range(recipe.step_tokens // length):
            kind = draw_kind(dice, recipe.shares(), sizes)
            ids = self.ids[f"{kind}.training"]
            start = min(int(dice.choice(self.starts[kind])), len(ids) - length)
            rows.append(ids[start : start + length].astype(np.int64))
        return self.hide(np.stack(rows), dice)

    def hide(self, windows: NDArray[np.int64], dice: np.random.Generator) -> Batch:
        """Hide the same number of tokens in each window, in whole words."""
        is_short = windows.shape[1] <= self.recipe.short_window
        share = self.recipe.short_masked_share if is_short else self.recipe.masked_share
        count = max(1, round(windows.shape[1] * share))
        places = np.stack([self.words.hidden_places(row, count, dice) for row in windows])
        targets = np.take_along_axis(windows, places, axis=1)
        masked = windows.copy()
        np.put_along_axis(masked, places, self.mask_id, axis=1)
        return torch.from_numpy(masked), torch.from_numpy(places), torch.from_numpy(targets)

    def loss(self, examples: Batch) -> Tensor:
        """Return the mean cross-entropy of what is hidden."""
        masked, places, targets = examples
        with computing(self.device):
            hidden = self._body(input_ids=masked).last_hidden_state
            wide = places[..., None].expand(-1, -1, hidden.shape[-1])
            asked = hidden.gather(1, wide).flatten(0, 1)
            asked = self.model.cls.predictions.transform(asked)
        weight = self.model.cls.predictions.decoder.weight
        return head_loss(asked, weight, targets.flatten(), self._kernel)

    def measure(self) -> dict[str, float]:
        """Return, for each kind, the nats of what is hidden and the share that is guessed.

        As in the loss, where common words are hidden less often than they occur.
        """
        numbers = {}
        self.model.eval()
        for kind in KINDS:
            ids = self.ids[f"{kind}.validation"]
            length = self.recipe.window
            if len(ids) < length:
                continue
            dice = np.random.default_rng(0)
            starts = np.linspace(0, len(ids) - length, EVALUATION_WINDOWS).astype(int)
            windows = np.stack([ids[start : start + length] for start in starts]).astype(np.int64)
            masked, places, targets = (t.to(self.device) for t in self.hide(windows, dice))
            with torch.inference_mode(), computing(self.device):
                logits = self.model(input_ids=masked).logits.float()
            logits = logits - self.model.cls.predictions.bias
            logits = logits.gather(1, places[..., None].expand(-1, -1, logits.shape[-1]))
            nats = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            numbers[kind] = nats.item()
            numbers[f"{kind}.hits"] = (logits.argmax(-1) == targets).float().mean().item()
        return numbers

    def samples(self) -> Sequence[str]:
        """Return some texts with the five first guesses for their gap."""
        self.model.eval()
        lines = []
        for text in SAMPLE_TEXTS:
            ids = torch.tensor([self.tokenizer.encode(text).ids], device=self.device)
            with torch.inference_mode():
                logits = self.model(input_ids=ids).logits[ids == self.mask_id][0]
            guesses = [self.tokenizer.decode([token]) for token in logits.topk(5).indices.tolist()]
            lines.append(f"{text} → {' | '.join(guesses)}")
        return lines

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer: the first model's, a mask and padding."""
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END_OF_TEXT,
            bos_token=END_OF_TEXT,
            unk_token=END_OF_TEXT,
            mask_token=mask_token(),
            pad_token=PAD,
            model_max_length=self.recipe.n_positions,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)
