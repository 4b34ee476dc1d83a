/* near.c - names compared by the slips between them; see near.h. */
#include "vocab/base/near.h"
#include "vocab/base/ascii.h"

enum { LONGEST = 63 };

static size_t length(const char *s)
{
    return strnlen(s, LONGEST);
}

/* Slips from a to b; two characters that changed places are one. */
static size_t distance_of(const char *a, const char *b)
{
    size_t row[3][LONGEST + 1]; /* of the character of a before the last, of the last, of this one */
    const size_t na = length(a), nb = length(b);
    for (size_t j = 0; j <= nb; j++) row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        const size_t *const two = row[(i + 1) % 3], *const one = row[(i + 2) % 3];
        size_t *const now = row[i % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const char x = tkc_ascii_lower(a[i - 1]), y = tkc_ascii_lower(b[j - 1]);
            now[j] = one[j - 1] + (x != y);
            if (now[j] > one[j] + 1) now[j] = one[j] + 1;
            if (now[j] > now[j - 1] + 1) now[j] = now[j - 1] + 1;
            if (i > 1 && j > 1 && x == tkc_ascii_lower(b[j - 2]) && y == tkc_ascii_lower(a[i - 2]) && now[j] > two[j - 2] + 1)
                now[j] = two[j - 2] + 1;
        }
    }
    return row[na % 3][nb];
}

/* Two characters and more, so that "o" is not every name with an o. */
static bool begins(const char *name, const char *wanted)
{
    size_t i = 0;
    while (wanted[i] && tkc_ascii_lower(name[i]) == tkc_ascii_lower(wanted[i])) i++;
    return i > 1 && !wanted[i];
}

void tkc_near_offer(tkc_near *near, const char *name)
{
    const size_t a = length(near->wanted), b = length(name), slips = ((a > b ? a : b) + 2) / 3;
    const size_t d = begins(name, near->wanted) ? 0 : distance_of(near->wanted, name);
    size_t k = near->n;
    if (!a || d > slips) return;
    if (near->n < TKC_NEAR_MAX) near->n++;
    else if (near->distance[--k] <= d) return;
    for (; k && near->distance[k - 1] > d; k--) {
        near->name[k] = near->name[k - 1];
        near->distance[k] = near->distance[k - 1];
    }
    near->name[k] = name;
    near->distance[k] = d;
}
