"""A larger model for the reader to learn from, of BERT's kind or MPNet's: it sees the same marks
and word pieces, and says of them what the reader should.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from retrieval.training.cross_model import CrossModel
from retrieval.weights import find_weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_STAY = 2  # layers that learn nothing, the lowest: a fifth of the time
# Log-odds of a sentence at the start, so that none answers: runs of words, all counted, outweigh it
# by far otherwise, and what the encoder learns first is to say the same of all words.
_NONE = -10.0
_NAMES = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[UNK]": "<unk>", "[MASK]": "<mask>"}


class Translated(nn.Module):  # type: ignore[misc]  # torch ships no types here
    """An encoder that takes another tokeniser's pieces, and what is question and what passage."""

    def __init__(self, encoder: Any, pieces: torch.Tensor) -> None:
        super().__init__()
        self.config = encoder.config
        self.translated = encoder
        self.types = nn.Embedding(2, encoder.config.hidden_size)
        nn.init.zeros_(self.types.weight)
        self.register_buffer("pieces", pieces)
        for layer in encoder.encoder.layer[:_STAY]:
            layer.requires_grad_(False)

    @property
    def embeddings(self) -> Any:
        """The encoder's tables."""
        return self.translated.embeddings

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> Any:
        """Return what the encoder does."""
        words = self.embeddings.word_embeddings(self.pieces[input_ids])
        return self.translated(
            inputs_embeds=words + self.types(token_type_ids), attention_mask=attention_mask
        )


def open_teacher(name: str, tokenizer: "Tokenizer") -> CrossModel:
    """Open a model by folder, package or hub name, to be given the pieces of `tokenizer`.

    Pieces that it does not know are unknown to it; it should know most.
    """
    from tokenizers import Tokenizer as Its  # noqa: PLC0415
    from transformers import AutoModel  # noqa: PLC0415

    folder = find_weights(name).folder
    its = Its.from_pretrained(name) if folder is None else Its.from_file(f"{folder}/tokenizer.json")
    known = its.get_vocab()
    unknown = known.get("<unk>", known.get("[UNK]", 0))
    pieces = torch.full((tokenizer.get_vocab_size(),), unknown)
    for piece, number in tokenizer.get_vocab().items():
        pieces[number] = known.get(_NAMES.get(piece, piece), known.get(piece, unknown))
    encoder = AutoModel.from_pretrained(
        folder or name, attn_implementation="eager", add_pooling_layer=False
    )
    teacher = CrossModel(Translated(encoder, pieces))
    nn.init.constant_(teacher.sentence[-1].bias, _NONE)
    return teacher
