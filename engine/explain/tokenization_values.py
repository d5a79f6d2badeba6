"""What a tokenizer makes of a text: frozen values, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.errors import EngineError
from engine.explain.values import ExplainRequest
from engine.validation import require_text
from engine.values import Value


@dataclass(frozen=True, kw_only=True)
class TokenPiece(Value):
    """One token of a text.

    Attributes:
        token_id: Its number, which is all that the model gets.
        piece: As the vocabulary spells it.
        data_hex: The bytes of the text that it stands for, two hexadecimal digits each; "" for a
            token that the tokenizer adds.
        text: The same bytes; those that are no whole character as ⟨C3⟩.
        joins: The characters that it has only a part of; "" where it has whole ones.
        is_special: It steers the model.
        is_unknown: It says only that here stands something without a token.
    """

    token_id: int
    piece: str
    data_hex: str
    text: str
    joins: str = ""
    is_special: bool = False
    is_unknown: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of the text that it stands for."""
        return bytes.fromhex(self.data_hex)


@dataclass(frozen=True, kw_only=True)
class Tokenization(Value):
    """A text as a tokenizer cuts it.

    Attributes:
        model: Name of the model whose tokenizer it is.
        text: What was asked for.
        tokens: In order, those that the tokenizer adds around the text among them.
        vocab_size: Tokens that there are.
        n_positions: Context of the model in tokens, or None before that is known.
        is_exact: The joined bytes are the text, but for one space before or after it. Else the
            tokenizer leaves out or changes something.
        read_as: The text as the tokenizer changes it before it cuts it; None where it does not.
    """

    model: str
    text: str
    tokens: tuple[TokenPiece, ...]
    vocab_size: int
    n_positions: int | None
    is_exact: bool
    read_as: str | None = None

    @property
    def written(self) -> tuple[TokenPiece, ...]:
        """The tokens of the text itself."""
        return tuple(token for token in self.tokens if token.data_hex or not token.is_special)


@dataclass(frozen=True, kw_only=True)
class TokensRequest(ExplainRequest[Tokenization]):
    """Ask how a text is cut; the model's weights are not needed for it.

    Raises:
        EngineError: empty_prompt, or invalid_params for what is no text.
    """

    needs_weights: ClassVar[bool] = False

    text: str

    def __post_init__(self) -> None:
        require_text("text", self.text)
        if not self.text:
            raise EngineError("empty_prompt")
