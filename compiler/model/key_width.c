/* SPDX-License-Identifier: Apache-2.0 */
/* How many scalars identify a row. */
#include "model/model.h"

size_t dyn_model_key_width(const struct dyn_model *model)
{
    size_t width = 0;
    for (size_t i = 0; i < model->n_key_fields; i++) {
        const struct dyn_type *type = model->fields[i]->type;
        bool is_reference = type->kind == DYN_TYPE_REF && type->model != NULL;
        width += is_reference ? dyn_model_key_width(type->model) : 1;
    }
    return width;
}
