/* SPDX-License-Identifier: Apache-2.0 */
/* -W options. Errors stay errors: only warnings can be switched. */
#include "base/memory.h"
#include "diag/internal.h"

static bool take_prefix(struct dynr_str *text, const char *prefix)
{
    struct dynr_str start = dynr_str_from_c(prefix);
    if (!dynr_str_starts_with(*text, start)) {
        return false;
    }
    text->ptr += start.len;
    text->len -= start.len;
    return true;
}

bool dyn_diags_set_severity(struct dyn_diags *diags, struct dynr_str option)
{
    struct dynr_str slug = option;
    enum dyn_override_action action = DYN_OVERRIDE_ENABLE;
    struct dyn_code_info info = {.code = (enum dyn_code)0};
    bool all = false;
    if (dynr_str_equal_c(option, "error") || dynr_str_equal_c(option, "no-error")) {
        action = option.ptr[0] == 'e' ? DYN_OVERRIDE_ERROR : DYN_OVERRIDE_NO_ERROR;
        all = true;
    } else if (take_prefix(&slug, "error=")) {
        action = DYN_OVERRIDE_ERROR;
    } else if (take_prefix(&slug, "no-error=")) {
        action = DYN_OVERRIDE_NO_ERROR;
    } else if (!dyn_code_lookup_slug(slug, &info) && take_prefix(&slug, "no-")) {
        action = DYN_OVERRIDE_DISABLE;
    }
    if (!all && (!dyn_code_lookup_slug(slug, &info) || info.severity != DYN_SEVERITY_WARNING)) {
        return false;
    }
    struct dyn_severity_override *override = dyn_alloc(diags->arena, sizeof *override);
    override->action = action;
    override->code = all ? 0 : (unsigned)info.code;
    override->next = diags->overrides;
    diags->overrides = override;
    return true;
}

/* The newest override of `code` (0: of all) that says something about being an error, or about being shown. */
static const struct dyn_severity_override *newest(const struct dyn_diags *diags, unsigned code,
                                                  bool about_error)
{
    for (const struct dyn_severity_override *item = diags->overrides; item != NULL;
         item = item->next) {
        bool says_error =
            item->action == DYN_OVERRIDE_ERROR || item->action == DYN_OVERRIDE_NO_ERROR;
        /* -Werror=slug also switches the warning on. */
        bool fits = about_error ? says_error : item->action != DYN_OVERRIDE_NO_ERROR;
        if (item->code == code && fits) {
            return item;
        }
    }
    return NULL;
}

enum dyn_effect dyn_diag_effect(const struct dyn_diags *diags, const struct dyn_code_info *info)
{
    if (info->severity == DYN_SEVERITY_ERROR) {
        return DYN_EFFECT_ERROR;
    }
    if (info->severity == DYN_SEVERITY_NOTE) {
        return DYN_EFFECT_NOTE;
    }
    const struct dyn_severity_override *shown = newest(diags, (unsigned)info->code, false);
    if (shown != NULL && shown->action == DYN_OVERRIDE_DISABLE) {
        return DYN_EFFECT_NONE;
    }
    const struct dyn_severity_override *own = newest(diags, (unsigned)info->code, true);
    if (own == NULL) {
        own = newest(diags, 0, true);
    }
    return own != NULL && own->action == DYN_OVERRIDE_ERROR ? DYN_EFFECT_ERROR : DYN_EFFECT_WARNING;
}
