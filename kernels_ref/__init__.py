"""The oracle: the temporal head, its weight blob and the node's packets, in numpy.

float64 inputs are computed in float64, and every other implementation is judged by the result. What
is imported here is the package's interface.
"""

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_errors import (
    BadMagic,
    BlobError,
    CrcMismatch,
    InvalidShape,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
)
from kernels_ref.blob_header import Feed, FeedKind, Pooling, WeightDtype
from kernels_ref.blob_layout import InputAffine, LayerWeights, MlpWeights, ModelShape
from kernels_ref.cache import KvCache
from kernels_ref.classifier import TemporalClassifier
from kernels_ref.decode import decode_step
from kernels_ref.dense import dense_attention
from kernels_ref.errors import (
    BackendDoesNotSupportStreaming,
    BeyondRange,
    CacheEmpty,
    CacheFull,
    InvalidConfig,
    NonFinite,
    ShapeMismatch,
    TemporalError,
    UnsupportedDtype,
)
from kernels_ref.gate import FastGrnnGate, StreamingKeepSet, gated_attention
from kernels_ref.head import AetherTemporalHead, Backend, TemporalHeadConfig
from kernels_ref.pattern import SparseAttentionConfig, edges
from kernels_ref.reference_blob import REFERENCE_SHAPE, init_random_blob
from kernels_ref.sparse import sparse_attention
