/* SPDX-License-Identifier: Apache-2.0 */
/* Knows nothing of the schema, so that no change of the schema may compile it again. */
int other(void);

int other(void)
{
    return 1;
}
