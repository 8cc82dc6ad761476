/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C client's folding, fed with sequences of messages as docs/protocol.md has them. Rows are ordered by their text, then their id.
 */
#include <stdio.h>
#include <string.h>

#include "application.h"
#include "peer/fold.h"
#include "test_main.h"

struct fixture {
    struct dynr_fold fold;
    struct dynr_arena arena;
    char shown[256];
};

static const struct dynr_view_desc *view_of(const char *name)
{
    return dynr_procedure_find(&procedures, dynr_str_from_c(name))->view;
}

/** Takes a message in, by its kind; single quotes stand for double ones. */
static void say(struct fixture *f, const char *kind, const char *text)
{
    char message[1024];
    struct dynr_error err = {0};
    size_t len = strlen(text);
    DYNR_ASSERT(len < sizeof message);
    for (size_t i = 0; i <= len; i++) {
        message[i] = text[i];
        if (text[i] == '\'') {
            message[i] = '"';
        }
    }
    struct dynr_str frame = dynr_str_from_c(message);
    enum dynr_status status = DYNR_OK;
    if (strcmp(kind, "snap") == 0) {
        status = dynr_fold_snap(&f->fold, frame, false, &err);
    } else if (strcmp(kind, "part") == 0) {
        status = dynr_fold_snap(&f->fold, frame, true, &err);
    } else if (strcmp(kind, "same") == 0) {
        status = dynr_fold_same(&f->fold, frame, &err);
    } else if (strcmp(kind, "bound") == 0) {
        status = dynr_fold_bound(&f->fold, frame, &err);
    } else {
        status = dynr_fold_patch(&f->fold, frame, &err);
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
}

/** The texts of the rows, each followed by a space. */
static const char *shown(struct fixture *f)
{
    struct dynr_str *rows;
    size_t n_rows;
    struct dynr_error err = {0};
    size_t used = 0;
    f->shown[0] = '\0';
    DYNR_ASSERT_STATUS(
        dynr_fold_rows(&f->fold, 0, dynr_str_from_c(""), &f->arena, &rows, &n_rows, &err), DYNR_OK);
    for (size_t i = 0; i < n_rows; i++) {
        const char *text = strstr(rows[i].ptr, "\"text\":\"");
        if (DYNR_ASSERT(text != NULL)) {
            text += strlen("\"text\":\"");
            used += (size_t)snprintf(f->shown + used, sizeof f->shown - used, "%.*s ",
                                     (int)strcspn(text, "\""), text);
        }
    }
    return f->shown;
}

static void open_fixture(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    dynr_fold_init(&f->fold, view_of("pure"));
}

static void close_fixture(struct fixture *f)
{
    dynr_fold_cleanup(&f->fold);
    dynr_arena_cleanup(&f->arena);
}

#define ROW(id, text)       "{'id':'" id "','text':'" text "'}"
#define SNAP(v, more, rows) "{'v':" v ",'groups':[{'node':0,'rows':[" rows "]" more "}]}"
#define PATCH(v, ops)       "{'v':" v ",'node':0,'ops':[" ops "]}"
#define BOUND(epoch, bound) "{'v':10,'node':0,'epoch':" epoch ",'bound':" bound "}"
#define SHOWS(f, expected)  DYNR_ASSERT_STR(dynr_str_from_c(shown(f)), expected)

static void old_news_is_passed_over(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", "", ROW("a", "a") "," ROW("b", "b")));
    /* What the snapshot did not have was gone by then. */
    say(&f, "patch", PATCH("9", "['+'," ROW("y", "y") "]"));
    SHOWS(&f, "a b ");
    say(&f, "patch", PATCH("12", "['~',['a'],{'text':'new'}]"));
    say(&f, "patch", PATCH("11", "['~',['a'],{'text':'old'}],['-',['b']]"));
    SHOWS(&f, "new ");
    say(&f, "patch", PATCH("10", "['+'," ROW("b", "b") "]"));
    SHOWS(&f, "new ");
    /* It had left the window, and a refill as of the same position brings it back. */
    say(&f, "patch", PATCH("11", "['+'," ROW("b", "b") "]"));
    SHOWS(&f, "b new ");
    close_fixture(&f);
}

static void fields_of_rows_that_are_not_held_say_nothing(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", ",'epoch':1,'bound':['b','b']", ROW("b", "b")));
    say(&f, "patch", PATCH("20", "['~',['c'],{'text':'x'}]"));
    say(&f, "bound", BOUND("2", "null"));
    /* Read before that change was heard of. */
    say(&f, "patch", PATCH("15", "['+'," ROW("c", "c") "]"));
    SHOWS(&f, "b c ");
    close_fixture(&f);
}

static void a_refill_may_be_as_old_as_the_snapshot(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", ",'epoch':1,'bound':['b','b']", ROW("b", "b")));
    say(&f, "patch", PATCH("11", "['+'," ROW("z", "z") "]"));
    SHOWS(&f, "b ");
    say(&f, "bound", BOUND("2", "null"));
    say(&f, "patch", PATCH("10", "['+'," ROW("c", "c") "],['+'," ROW("a", "a") "]"));
    /* Within what the snapshot reached it would have been there. */
    SHOWS(&f, "b c ");
    /* A tighter one drops rows that may come back as they were. */
    say(&f, "bound", BOUND("3", "['b','b']"));
    SHOWS(&f, "b ");
    say(&f, "bound", BOUND("4", "null"));
    say(&f, "patch", PATCH("10", "['+'," ROW("c", "c") "]"));
    SHOWS(&f, "b c ");
    close_fixture(&f);
}

/* A snapshot may have it where it stood, and a bound that came closer since its change was sent. */
static void a_row_that_moves_beyond_the_bound_is_let_go(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", ",'epoch':2,'bound':['b','b']", ROW("a", "a") "," ROW("b", "b")));
    say(&f, "patch", PATCH("11", "['+'," ROW("a", "z") "]"));
    SHOWS(&f, "b ");
    close_fixture(&f);
}

static void older_epochs_say_nothing(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", ",'epoch':6,'bound':null", ROW("a", "a") "," ROW("b", "b")));
    say(&f, "bound", BOUND("5", "['a','a']"));
    SHOWS(&f, "a b ");
    /* But they begin anew with `same`. */
    say(&f, "same", "{'v':10,'groups':[{'node':0,'epoch':1,'bound':['b','b']}]}");
    const struct dynr_fold_group *group = dynr_fold_find_group(&f.fold, 0, dynr_str_from_c(""));
    DYNR_ASSERT_INT(group->epoch, 1);
    say(&f, "bound", BOUND("2", "['a','a']"));
    SHOWS(&f, "a ");
    close_fixture(&f);
}

static void a_group_is_said_anew(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap",
        SNAP("20", ",'epoch':1,'bound':['c','c']",
             ROW("a", "a") "," ROW("b", "b") "," ROW("c", "c")));
    say(&f, "patch", PATCH("40", "['~',['c'],{'text':'c40'}]"));
    say(&f, "patch", "{'v':30,'node':0,'whole':true,'ops':[['+'," ROW("b", "b") "]]}");
    SHOWS(&f, "b c40 ");
    say(&f, "patch", PATCH("25", "['+'," ROW("z", "z") "]"));
    SHOWS(&f, "b c40 z ");
    say(&f, "patch", "{'v':41,'node':0,'whole':true,'ops':[]}");
    SHOWS(&f, "");
    close_fixture(&f);
}

static void snapshots_come_in_parts(void)
{
    struct fixture f;
    open_fixture(&f);
    say(&f, "snap", SNAP("10", "", ROW("x", "x")));
    say(&f, "snap", SNAP("14", "", ROW("a", "a")));
    say(&f, "part", SNAP("12", "", ROW("b", "b")));
    SHOWS(&f, "a b ");
    /* What is not there is gone since the smaller. */
    say(&f, "patch", PATCH("12", "['+'," ROW("x", "x") "]"));
    SHOWS(&f, "a b ");
    say(&f, "patch", PATCH("13", "['+'," ROW("c", "c") "]"));
    SHOWS(&f, "a b c ");
    close_fixture(&f);
}

/* ---- rows below rows: lists with their todos, these with who does them and comments ---------------------------------- */

static void sweep(struct fixture *f)
{
    struct dynr_error err = {0};
    DYNR_ASSERT_STATUS(dynr_fold_sweep(&f->fold, &err), DYNR_OK);
}

static void open_tree(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    dynr_fold_init(&f->fold, view_of("tree"));
    say(f, "snap",
        "{'v':10,'groups':[{'node':0,'rows':[{'id':'l1','title':'L'}]},"
        "{'node':1,'parent':[['l1']],'rows':[{'id':'a','text':'a','points':1,'assignee':'u1'},"
        "{'id':'b','text':'b','points':1,'assignee':'u2'}],'epoch':1,'bound':null},"
        "{'node':2,'rows':[{'name':'Ann','id':'u1'},{'name':'Bob','id':'u2'}]},"
        "{'node':3,'parent':[['l1'],['a']],'rows':[{'id':'c1','text':'c1'}]},"
        "{'node':3,'parent':[['l1'],['b']],'rows':[{'id':'c2','text':'c2'}]},"
        "{'node':4,'parent':[['l1']],'value':2}]}");
    sweep(f);
}

static size_t n_rows(struct fixture *f, uint16_t node, const char *parent)
{
    struct dynr_str *rows;
    size_t n = 0;
    char text[64];
    struct dynr_error err = {0};
    (void)snprintf(text, sizeof text, "%s", parent);
    for (size_t i = 0; text[i] != '\0'; i++) {
        text[i] = text[i] == '\'' ? '"' : text[i];
    }
    DYNR_ASSERT_STATUS(
        dynr_fold_rows(&f->fold, node, dynr_str_from_c(text), &f->arena, &rows, &n, &err), DYNR_OK);
    return n;
}

static void groups_go_with_the_row_above(void)
{
    struct fixture f;
    open_tree(&f);
    DYNR_ASSERT_INT(n_rows(&f, 1, "[['l1']]"), 2);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 2);
    say(&f, "patch", "{'v':11,'node':1,'parent':[['l1']],'ops':[['-',['a']]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 3, "[['l1'],['a']]"), 0);
    DYNR_ASSERT_INT(n_rows(&f, 3, "[['l1'],['b']]"), 1);
    /* Nor is the user held whom nobody refers to. */
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 1);
    /* What comes for it afterwards is passed over; it comes back with groups of its own. */
    say(&f, "patch",
        "{'v':12,'node':3,'parent':[['l1'],['a']],'ops':[['+',{'id':'c9','text':'c9'}]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 3, "[['l1'],['a']]"), 0);
    say(&f, "patch",
        "{'v':13,'node':3,'parent':[['l1'],['a']],'whole':true,'ops':[['+',{'id':'c1','text':'c1'}]"
        "]}");
    say(&f, "patch", "{'v':10,'node':2,'ops':[['+',{'name':'Ann','id':'u1'}]]}");
    say(&f, "patch",
        "{'v':13,'node':1,'parent':[['l1']],'ops':[['+',{'id':'a','text':'a','points':1,'assignee':"
        "'u1'}]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 3, "[['l1'],['a']]"), 1);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 2);
    /* A whole tree goes with its root, and its values do. */
    say(&f, "patch", "{'v':14,'node':0,'ops':[['-',['l1']]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 1, "[['l1']]"), 0);
    DYNR_ASSERT_INT(f.fold.groups.n_entries, 2);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 0);
    DYNR_ASSERT(dynr_fold_find_group(&f.fold, 4, dynr_str_from_c("[[\"l1\"]]")) == NULL);
    close_fixture(&f);
}

static void references_that_change_let_rows_go(void)
{
    struct fixture f;
    open_tree(&f);
    say(&f, "patch", "{'v':11,'node':1,'parent':[['l1']],'ops':[['~',['a'],{'assignee':'u2'}]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 1);
    say(&f, "patch", "{'v':12,'node':1,'parent':[['l1']],'ops':[['~',['b'],{'assignee':null}]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 1);
    say(&f, "patch", "{'v':13,'node':1,'parent':[['l1']],'ops':[['-',['a']]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 2, ""), 0);
    close_fixture(&f);
}

/* It may come before the row that it belongs to. */
static void values_wait_for_their_row(void)
{
    struct fixture f;
    open_tree(&f);
    say(&f, "patch", "{'v':12,'node':4,'parent':[['l2']],'ops':[['=',7]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 4, "[['l2']]"), 1);
    /* One that came when the row had left is of the row that comes back. */
    say(&f, "patch", "{'v':13,'node':0,'ops':[['-',['l1']]]}");
    say(&f, "patch", "{'v':14,'node':4,'parent':[['l1']],'ops':[['=',9]]}");
    sweep(&f);
    DYNR_ASSERT_INT(n_rows(&f, 4, "[['l1']]"), 1);
    close_fixture(&f);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(old_news_is_passed_over),
    DYNR_TEST(fields_of_rows_that_are_not_held_say_nothing),
    DYNR_TEST(a_refill_may_be_as_old_as_the_snapshot),
    DYNR_TEST(a_row_that_moves_beyond_the_bound_is_let_go),
    DYNR_TEST(older_epochs_say_nothing),
    DYNR_TEST(a_group_is_said_anew),
    DYNR_TEST(snapshots_come_in_parts),
    DYNR_TEST(groups_go_with_the_row_above),
    DYNR_TEST(references_that_change_let_rows_go),
    DYNR_TEST(values_wait_for_their_row),
};

int main(void)
{
    return dynr_test_main("fold", tests, DYNR_TEST_COUNT(tests));
}
