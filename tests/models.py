"""Small sentence-transformers models with random weights, as folders on disk."""

from collections.abc import Mapping
from pathlib import Path

from retrieval.encode_int8 import quiet

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a envoy harbour met in opened ##s who . ? query passage :"
)
SIZES = {
    "vocab_size": len(WORDS.split()),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,  # enough for the layers to matter beside the embeddings
}


def vocabulary() -> dict[str, int]:
    return {word: number for number, word in enumerate(WORDS.split())}


def make(
    folder: Path,
    *,
    pooling: str = "mean",
    prompts: Mapping[str, str] | None = None,
    head: int | None = None,
    max_tokens: int = 32,
) -> Path:
    """Save a BERT of two layers: `head` is the length of what a last dense layer returns."""
    with quiet():
        import torch
        from sentence_transformers import SentenceTransformer, models
        from transformers import BertConfig, BertModel, BertTokenizerFast
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
        torch.manual_seed(1)
        folder.mkdir(parents=True)
        BertModel(BertConfig(**SIZES)).save_pretrained(folder / "bert")
        tokenizer = BertTokenizerFast(vocab=vocabulary(), do_lower_case=True)
        assert tokenizer.tokenize("The envoys") == ["the", "envoy", "##s"]
        tokenizer.save_pretrained(folder / "bert")
        transformer = models.Transformer(str(folder / "bert"), max_seq_length=max_tokens)
        modules = [transformer, models.Pooling(SIZES["hidden_size"], pooling_mode=pooling)]
        if head is not None:
            modules.append(models.Dense(SIZES["hidden_size"], head))
        model = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
        model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def make_reader(folder: Path, kind: str, *, labels: int = 1) -> Path:
    """Save a BERT of two layers with the head of a kind, such as BertForQuestionAnswering."""
    with quiet():
        import torch
        import transformers

        transformers.utils.logging.disable_progress_bar()
        torch.manual_seed(2)
        config = transformers.BertConfig(**SIZES, num_labels=labels)
        getattr(transformers, kind)(config).save_pretrained(folder)
        tokenizer = transformers.BertTokenizerFast(vocab=vocabulary(), do_lower_case=True)
        tokenizer.model_max_length = SIZES["max_position_embeddings"]
        tokenizer.save_pretrained(folder)
    return folder
