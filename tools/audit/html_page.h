/* html_page.h - what stands in every report: its style and its script, by lines, NULL at the end. */
#ifndef TOOLS_AUDIT_HTML_PAGE_H
#define TOOLS_AUDIT_HTML_PAGE_H

extern const char *const cli_page_style[];
extern const char *const cli_page_script[];

#endif
