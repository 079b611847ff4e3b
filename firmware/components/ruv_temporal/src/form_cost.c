// Multiply-accumulates of the two forms of the classifier over a full window.

#include "classifier_parts.h"

typedef struct {
    uint64_t tokens; // of the window
    uint64_t edges;  // candidates of all tokens
    uint64_t last;   // candidates of the last token
} window_t;

// Scores and weighted sum: each candidate costs two products of a row, for each query head.
static uint64_t attention(uint64_t edges, uint64_t heads, uint64_t row)
{
    return ruv_product(ruv_product(edges, 2 * heads), row);
}

// The MLPs cost both forms the same. But the folded form of a mean has to compute every token of
// the last layer where one comes before the mean, or maxima beside it.
static uint64_t direct_cost(const ruv_blob_t *blob, const window_t *window)
{
    const uint64_t q = (uint64_t)blob->n_q_heads * blob->head_dim;
    const uint64_t kv = (uint64_t)blob->n_kv_heads * blob->head_dim;
    const uint64_t in_out = ruv_product(2 * q, blob->dim);       // Wq, Wo, one token
    const uint64_t keys_values = ruv_product(2 * kv, blob->dim); // Wk, Wv, one token
    const uint64_t full = ruv_sum(ruv_product(window->tokens, ruv_sum(in_out, keys_values)),
                                  attention(window->edges, blob->n_q_heads, blob->head_dim));
    const uint64_t last = ruv_sum(ruv_sum(ruv_product(window->tokens, keys_values), in_out),
                                  attention(window->last, blob->n_q_heads, blob->head_dim));
    const uint64_t before = ruv_product(blob->n_layers - 1, full);
    return ruv_sum(before, blob->pool == RUV_POOL_LAST ? last : full);
}

static uint64_t folded_cost(const ruv_blob_t *blob, const window_t *window)
{
    const uint64_t q = (uint64_t)blob->n_q_heads * blob->head_dim;
    const uint64_t width = (uint64_t)blob->n_q_heads * blob->dim;
    const uint64_t matrix = ruv_product(width, blob->dim); // one folded product, one token
    const uint64_t late = ruv_product(2 * q, blob->dim);   // one late product
    const uint64_t scores = attention(window->edges, blob->n_q_heads, blob->dim);
    const uint64_t full = ruv_sum(ruv_product(window->tokens, 2 * matrix), scores);
    const uint64_t last = ruv_sum(2 * late, attention(window->last, blob->n_q_heads, blob->dim));
    const uint64_t mean = ruv_sum(ruv_sum(ruv_product(window->tokens, matrix), scores), late);
    const uint64_t before = ruv_product(blob->n_layers - 1, full);
    if (ruv_last_is_full(blob)) {
        return ruv_sum(before, full);
    }
    return ruv_sum(before, blob->pool == RUV_POOL_MEAN ? mean : last);
}

ruv_form_t ruv_cheaper_form(const ruv_blob_t *blob, uint32_t tokens)
{
    const ruv_attention_config_t config = ruv_attention_default_config();
    uint64_t edges = UINT64_MAX, before_last = 0;
    if (tokens == 0 || ruv_attention_edges(&config, tokens, &edges) != ESP_OK ||
        ruv_attention_edges(&config, tokens - 1, &before_last) != ESP_OK) {
        return RUV_FORM_DIRECT; // an empty window, which init refuses
    }
    const window_t window = {.tokens = tokens, .edges = edges, .last = edges - before_last};
    return folded_cost(blob, &window) <= direct_cost(blob, &window) ? RUV_FORM_FOLDED
                                                                    : RUV_FORM_DIRECT;
}
