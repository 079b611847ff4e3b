"""Which C file is mutated, and which tests have to notice: those that need no node."""

from __future__ import annotations

_HEAD = "components/ruv_temporal/src/"
_AGENT = "components/hil_agent/src/"
_NODE = "components/node/src/"

_LIBRARY, _STREAM = "tests/kernel/test_library.py", "tests/kernel/test_streaming.py"
_HEADS, _PATTERN = "tests/kernel/test_head.py", "tests/kernel/test_pattern.py"
_LINE = "tests/node/test_agent_line.py"

SUBJECTS: dict[str, tuple[str, ...]] = {
    _HEAD + "half.c": ("tests/kernel/test_half.py",),
    _HEAD + "pattern.c": (_PATTERN, _STREAM, _LIBRARY),
    _HEAD + "edges.c": (_PATTERN,),
    _HEAD + "needed_tokens.c": (_PATTERN, _HEADS),
    _HEAD + "attention.c": ("tests/kernel/test_attention_calls.py", _LIBRARY),
    _HEAD + "attend_plain.c": (_STREAM, _LIBRARY),
    _HEAD + "landmarks.c": (_STREAM, _LIBRARY, _HEADS),
    _HEAD + "step.c": (_STREAM,),
    _HEAD + "kv_cache.c": (_STREAM,),
    _HEAD + "kv_cache_evict.c": (_STREAM,),
    _HEAD + "blob.c": (_HEADS,),
    _HEAD + "weights.c": (_HEADS,),
    _HEAD + "classifier.c": (_HEADS,),
    _HEAD + "classifier_direct.c": (_HEADS,),
    _HEAD + "classifier_folded.c": (_HEADS,),
    _HEAD + "classifier_parts.c": (_HEADS,),
    _HEAD + "mlp.c": (_HEADS,),
    _AGENT + "agent.c": (_LINE,),
    _AGENT + "base85.c": (_LINE,),
    _AGENT + "line_codec.c": (_LINE,),
    _AGENT + "reply.c": (_LINE,),
    _AGENT + "reply_cache.c": (_LINE,),
    _NODE + "adaptive_controller.c": ("tests/node/test_controller_loops.py",),
}
"""By the file's place below firmware/; the tests below the project's folder, the quickest first."""
