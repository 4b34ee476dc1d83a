/* tokens.c - the rows of rules.def applied, in whole numbers. */
#include "optimizer/media/media.h"

#include <math.h>
#include <string.h>

typedef enum formula { PATCH32, TILE512, GRID28, TILE768, FIXED, ROWS, RANGE } formula;

typedef struct image_row {
    const char *provider, *model;
    formula formula;
    uint32_t a, b, c;
    const char *source, *checked;
} image_row;

typedef struct rate_row {
    const char *provider, *model;
    tkc_part_kind kind;
    uint32_t low, tokens, high;
    const char *source, *checked;
} rate_row;

typedef struct frames_row {
    const char *provider, *model;
    uint32_t low, frame, high, stamp, sound;
    const char *source, *checked;
} frames_row;

#define IMAGE(provider, model, formula, a, b, c, source, checked) \
    {provider, model, formula, a, b, c, source, checked},
#define RATE(provider, model, kind, low, tokens, high, source, checked)
#define FRAMES(provider, model, low, frame, high, stamp, sound, source, checked)
static const image_row image_table[] = {
#include "optimizer/media/rules.def"
};
#undef IMAGE
#undef RATE

#define IMAGE(provider, model, formula, a, b, c, source, checked)
#define RATE(provider, model, kind, low, tokens, high, source, checked) \
    {provider, model, TKC_PART_##kind, low, tokens, high, source, checked},
static const rate_row rate_table[] = {
#include "optimizer/media/rules.def"
};
#undef RATE
#undef FRAMES

#define RATE(provider, model, kind, low, tokens, high, source, checked)
#define FRAMES(provider, model, low, frame, high, stamp, sound, source, checked) \
    {provider, model, low, frame, high, stamp, sound, source, checked},
static const frames_row frames_table[] = {
#include "optimizer/media/rules.def"
};
#undef IMAGE
#undef RATE
#undef FRAMES

static const image_row *find_image(const char *provider, const char *model)
{
    const image_row *best = NULL;
    size_t best_fit = 0;
    for (size_t i = 0; i < sizeof image_table / sizeof *image_table; i++) {
        size_t f = strcmp(image_table[i].provider, provider) == 0 ? tkc_model_fits(image_table[i].model, model) : 0;
        if (f > best_fit) {
            best = &image_table[i];
            best_fit = f;
        }
    }
    return best || !*provider ? best : find_image("", model);
}

static const rate_row *find_rate(const char *provider, const char *model, tkc_part_kind kind)
{
    const rate_row *best = NULL;
    size_t best_fit = 0;
    for (size_t i = 0; i < sizeof rate_table / sizeof *rate_table; i++) {
        size_t f = rate_table[i].kind == kind && strcmp(rate_table[i].provider, provider) == 0
                       ? tkc_model_fits(rate_table[i].model, model)
                       : 0;
        if (f > best_fit) {
            best = &rate_table[i];
            best_fit = f;
        }
    }
    return best || !*provider ? best : find_rate("", model, kind);
}

/* Tokens for ten seconds of this video. A row of frames knows the resolution and the frames asked
 * for; the range of any other is stretched by the frames. */
static rate_row video_rate(const rate_row *row, const char *provider, const char *model, const tkc_media *m)
{
    const double fps = m->fps > 0 ? m->fps : 1;
    rate_row r = *row;
    for (size_t i = 0; i < sizeof frames_table / sizeof *frames_table; i++) {
        const frames_row *f = &frames_table[i];
        uint32_t one;
        if (strcmp(f->provider, provider) != 0 || !tkc_model_fits(f->model, model)) continue;
        one = m->detail == TKC_DETAIL_LOW ? f->low : m->detail >= TKC_DETAIL_HIGH ? f->high : f->frame;
        r.low = (uint32_t)ceil(10 * one * fps);
        r.tokens = r.low + 10 * f->sound;
        r.high = (uint32_t)ceil(10 * (one + f->stamp) * fps) + 10 * f->sound;
        r.source = f->source;
        r.checked = f->checked;
        return r;
    }
    if (fps < 1) r.low = (uint32_t)(r.low * fps);
    if (fps > 1) r.high = (uint32_t)ceil(r.high * fps);
    r.tokens = (uint32_t)ceil(r.tokens * fps);
    if (r.low > r.tokens) r.low = r.tokens;
    if (r.high < r.tokens) r.high = r.tokens;
    return r;
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

/* Scaled so that the longer side is at most `most`, rounded as the docs' examples are. */
static void fit_side(uint64_t *w, uint64_t *h, uint64_t most)
{
    uint64_t longer = *w > *h ? *w : *h;
    if (longer <= most || !most) return;
    *w = (*w * most + longer / 2) / longer;
    *h = (*h * most + longer / 2) / longer;
    if (!*w) *w = 1;
    if (!*h) *h = 1;
}

/* Patches of 32 px, at most `budget`: the shrink factor is the root of what is too much, then
 * less, so that one side is a whole number of patches. In doubles, as the provider's own
 * example computes it. */
static uint64_t patches(uint64_t w, uint64_t h, uint64_t budget)
{
    uint64_t n = ceil_div(w, 32) * ceil_div(h, 32);
    double factor, across, down, less;
    if (n <= budget) return n;
    factor = sqrt(1024.0 * (double)budget / ((double)w * (double)h));
    across = (double)w * factor / 32;
    down = (double)h * factor / 32;
    if (across < 1 || down < 1) return budget;
    less = fmin(floor(across) / across, floor(down) / down);
    /* One of the two is now whole but for the last bits. */
    across = ceil(across * less - 1e-9);
    down = ceil(down * less - 1e-9);
    n = (uint64_t)(across * down);
    return n < budget ? n : budget;
}

static uint64_t tiles512(uint64_t w, uint64_t h)
{
    uint64_t shorter;
    fit_side(&w, &h, 2048);
    shorter = w < h ? w : h;
    if (shorter > 768) {
        w = (w * 768 + shorter / 2) / shorter;
        h = (h * 768 + shorter / 2) / shorter;
    }
    return ceil_div(w, 512) * ceil_div(h, 512);
}

/* Cells of 28 px of the largest copy of the same shape whose padded sides and cells are
 * allowed. The cells change only where one side is a whole number of them. */
static uint64_t grid28(uint64_t w, uint64_t h, uint64_t side, uint64_t most)
{
    uint64_t most_cells = side / 28, best = 0;
    uint64_t cols = ceil_div(w, 28), rows = ceil_div(h, 28);
    double best_scale = 0;
    if (cols <= most_cells && rows <= most_cells && cols * rows <= most) return cols * rows;
    for (uint64_t k = 1; k <= most_cells; k++) {
        for (int across = 0; across < 2; across++) {
            uint64_t c = across ? k : ceil_div(k * w, h), r = across ? ceil_div(k * h, w) : k;
            double scale = (double)k / (double)(across ? w : h);
            if (c > most_cells || r > most_cells || c * r > most || scale <= best_scale) continue;
            best_scale = scale;
            best = c * r;
        }
    }
    return best ? best : 1;
}

/* A cell a patch row, and a marker behind each row; Python's round() of halves goes to even. */
static uint64_t rows_of(uint64_t w, uint64_t h, uint64_t cell, uint64_t most)
{
    uint64_t longer = w > h ? w : h;
    if (longer > most) {
        uint64_t side[2] = {w, h};
        for (int i = 0; i < 2; i++) {
            uint64_t q = side[i] * most / longer, rest = side[i] * most % longer;
            q += rest * 2 > longer || (rest * 2 == longer && (q & 1));
            side[i] = q ? q : 1;
        }
        w = side[0];
        h = side[1];
    }
    return (ceil_div(w, cell) + 1) * ceil_div(h, cell);
}

static void set(tkc_token_range *r, uint64_t low, uint64_t tokens, uint64_t high)
{
    r->low = low;
    r->tokens = tokens;
    r->high = high;
    r->cls = low == high ? TKC_CLASS_RECONSTRUCTED : TKC_CLASS_ESTIMATE;
}

/* A gpt-5.4 or later model has two sizes more: "low" at 512 px, and "original". */
static void openai_patches(const image_row *row, const tkc_media *m, tkc_token_range *r)
{
    uint64_t w = m->width, h = m->height, n, budget = row->a, side = row->b;
    bool newest = row->a != 1536;
    if (m->detail == TKC_DETAIL_LOW && newest) side = 512;
    if (newest && row->a == 2500 && m->detail == TKC_DETAIL_ORIGINAL) {
        budget = 10000;
        side = 6000;
    }
    if (newest && row->a == 10000 && m->detail == TKC_DETAIL_HIGH) {
        budget = 2500;
        side = 2048;
    }
    fit_side(&w, &h, side);
    n = patches(w, h, budget);
    n = row->c == 100 ? n : ceil_div(n * row->c, 100);
    /* Where the factor is no whole number the docs do not say how it is rounded. */
    set(r, row->c == 100 ? n : n - (n > 1), n, n);
    if (row->c != 100) r->cls = TKC_CLASS_RECONSTRUCTED;
    /* Older ones have no word on "low". */
    if (m->detail == TKC_DETAIL_LOW && !newest) set(r, n < 85 ? n : 85, n, n);
}

static void image(const image_row *row, const tkc_media *m, tkc_token_range *r)
{
    uint64_t w = m->width, h = m->height, n, crop;
    switch (row->formula) {
    case PATCH32:
        if (w) {
            openai_patches(row, m, r);
        } else {
            uint64_t most = row->a == 1536 ? 1536 : m->detail == TKC_DETAIL_LOW ? 256 : 10000;
            most = ceil_div(most * row->c, 100);
            set(r, 1, most / 2, most);
        }
        break;
    case TILE512:
        if (m->detail == TKC_DETAIL_LOW)
            set(r, row->a, row->a, row->a);
        else if (w) {
            n = row->a + row->b * tiles512(w, h);
            /* auto is the provider's choice; its docs price it as high. */
            set(r, m->detail == TKC_DETAIL_AUTO ? row->a : n, n, n);
        } else
            set(r, row->a, row->a + 4u * row->b, row->a + 8u * row->b);
        break;
    case GRID28:
        if (w) {
            n = grid28(w, h, row->a, row->b);
            set(r, n, n, n);
        } else
            set(r, 1, row->b, row->b);
        break;
    case TILE768:
        if (m->detail == TKC_DETAIL_LOW || m->detail == TKC_DETAIL_MEDIUM) {
            /* 64 and 256 on one page; the other has two more for a picture. */
            n = m->detail == TKC_DETAIL_LOW ? 64 : 256;
            set(r, n, n, n + 2);
        } else if (!w) {
            set(r, row->a, row->a * 4u, row->a * 16u);
        } else if (w <= 384 && h <= 384) {
            set(r, row->a, row->a, row->a);
        } else {
            /* Two published descriptions: whole tiles of 768, and tiles of two thirds of the
             * shorter side (256 to 768). */
            n = ceil_div(w, 768) * ceil_div(h, 768) * row->a;
            crop = (w < h ? w : h) * 2 / 3;
            crop = crop < 256 ? 256 : crop > 768 ? 768 : crop;
            crop = ceil_div(w, crop) * ceil_div(h, crop) * row->a;
            set(r, n < crop ? n : crop, n, n < crop ? crop : n);
        }
        break;
    case FIXED:
        n = m->detail == TKC_DETAIL_LOW        ? row->b
            : m->detail == TKC_DETAIL_MEDIUM   ? row->c
            : m->detail == TKC_DETAIL_ORIGINAL ? row->a * (uint64_t)2
                                               : row->a;
        set(r, n, n, n);
        break;
    case ROWS:
        if (w) {
            n = rows_of(w, h, row->a, row->b);
            set(r, n, n, n);
        } else {
            n = row->b / row->a;
            set(r, 2, (n + 1) * n, (n + 1) * n);
        }
        break;
    case RANGE: set(r, row->a, row->b, row->c); break;
    }
    r->rule = row->source;
    r->checked = row->checked;
}

/* units in thousandths (seconds or pages), per in tokens for `of` units. */
static uint64_t rate(uint64_t units, uint64_t per, uint64_t of)
{
    if (units > UINT64_MAX / (per + 1)) return UINT64_MAX / 4;
    return ceil_div(units * per, of * 1000);
}

tkc_token_range tkc_media_tokens(const char *provider, const char *name, const tkc_media *m)
{
    const char *model = tkc_model_bare(name);
    tkc_token_range r = {.cls = TKC_CLASS_ESTIMATE, .rule = "", .checked = ""};
    const rate_row *row;
    rate_row video;
    uint64_t units, of;
    if (m->kind == TKC_PART_IMAGE) {
        const image_row *i = find_image(provider, model);
        if (i) image(i, m, &r);
        return r;
    }
    if (m->kind == TKC_PART_FILE && m->format == TKC_MEDIA_TEXT) { /* read as text, which has no pages */
        set(&r, m->bytes / 8, m->bytes / 4, m->bytes);
        r.cls = TKC_CLASS_ESTIMATE;
        r.rule = "a text's bytes: 1 to 8 a token";
        return r;
    }
    row = find_rate(provider, model, m->kind);
    if (!row) return r;
    if (m->kind == TKC_PART_VIDEO) {
        video = video_rate(row, provider, model, m);
        row = &video;
    }
    r.rule = row->source;
    r.checked = row->checked;
    if (m->kind == TKC_PART_FILE) {
        units = m->pages;
        of = 1;
    } else {
        units = m->milliseconds;
        of = 10;
    }
    if (!units) {
        /* One page or second at least; how many at most nobody can say: 1,000 pages, a day. */
        uint64_t most = m->kind == TKC_PART_FILE ? 1000000 : (uint64_t)86400000;
        set(&r, rate(1000, row->low, of), rate(m->kind == TKC_PART_FILE ? 5000 : 60000, row->tokens, of),
            rate(most, row->high, of));
        r.cls = TKC_CLASS_ESTIMATE;
        return r;
    }
    if (m->kind == TKC_PART_FILE) units *= 1000;
    set(&r, rate(units, row->low, of), rate(units, row->tokens, of), rate(units, row->high, of));
    if (m->kind == TKC_PART_FILE && m->detail == TKC_DETAIL_LOW) r.low /= 4; /* Gemini 2.x: 64 of 258 */
    if (m->kind == TKC_PART_FILE && m->detail >= TKC_DETAIL_HIGH) r.high *= 2;
    if (m->kind != TKC_PART_FILE && !m->is_length_exact) {
        /* By the first frame's bit rate, which may change: half as long, or twice. */
        set(&r, r.low / 2 + r.low % 2, r.tokens, r.high * 2);
        r.cls = TKC_CLASS_ESTIMATE;
    }
    return r;
}
