/* SPDX-License-Identifier: Apache-2.0 */
/* INSERT, UPDATE and DELETE. */
#include "partiql_fixture.h"

static void inserts_put_new_items(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE {`pk`:`a`,`n`:-1.50,`e`:.73e1,`b`:TRUE,`o`:null,`l"
         "`:[1,[],`it``s`],`m`:{`k`:{}},`ss`:<<`x`,`y`>>,`ns`:<<1,2.0>>,`p`:?,`bs`:<<?>>}','Parame"
         "ters':[{'B':'AQID'},{'B':'AA=='}]}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM plain WHERE pk = `a`'}", 200,
         "{'Items':[{'pk':{'S':'a'},'n':{'N':'-1.5'},'e':{'N':'7.3'},'b':{'BOOL':true},'o':{'NULL'"
         ":true},'l':{'L':[{'N':'1'},{'L':[]},{'S':'it's'}]},'m':{'M':{'k':{'M':{}}}},'ss':{'SS':["
         "'x','y']},'ns':{'NS':['1','2']},'p':{'B':'AQID'},'bs':{'BS':['AA==']}}]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE {`pk`:`a`}','ReturnValuesOnConditionCheckFailure':"
         "'ALL_OLD'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#DuplicateItemException','message':'Duplicate"
         " primary key exists in table'}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE ?','Parameters':[{'M':{'pk':{'S':'m'}}}],'ReturnCo"
         "nsumedCapacity':'TOTAL'}",
         200, "{'Items':[],'ConsumedCapacity':{'TableName':'plain','CapacityUnits':1.0}}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'INSERT needs a "
         "map: VALUE {'name': value, ...}'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`n`:1}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Missing the key pk in the item'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:1}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Type mismatch for key pk expected: S actual: N'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`a`:1,`a`:2}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The name a stands "
         "twice in one map'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`s`:<<>>}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Empty bags are not "
         "supported'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`s`:<<1,1.0>>}'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Input collection "
         "contains duplicates'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`m`:{`x`:1e126}}'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number overflow. "
         "Attempting to store a number with magnitude larger than supported range under root.x'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`l`:[1,1e126]}'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number overflow. "
         "Attempting to store a number with magnitude larger than supported range under root[1]'}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`} RETURNING ALL OLD *'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'INSERT statements "
         "take no RETURNING clause'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO none VALUE {`pk`:`b`}'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'Reques"
         "ted resource not found'}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app.by_g VALUE {`pk`:`b`,`sk`:1}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'This operation is "
         "not supported on an index'}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`s`:set_add(<<1>>,<<2>>)}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Statement wasn't "
         "well formed, can't be processed: Unexpected token set_add at 1:39:7'}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk FROM plain'}", 200,
         "{'Items':[{'pk':{'S':'a'}},{'pk':{'S':'m'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void updates_change_what_is_there(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO plain VALUE {`pk`:`a`,`n`:1,`l`:[`x`,`y`,`z`],`m`:{`k`:1,`j`:2"
         "},`ss`:<<`x`,`y`>>,`q`:`gone`}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET n = n + 5 SET o = m.k - 1, l = list_append(l, [`w`]) "
         "REMOVE q, m.j WHERE pk = `a` RETURNING ALL NEW *'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'n':{'N':'6'},'l':{'L':[{'S':'x'},{'S':'y'},{'S':'z'},{'S':'w'"
         "}]},'m':{'M':{'k':{'N':'1'}}},'ss':{'SS':['x','y']},'o':{'N':'0'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET ss = set_add(ss, <<`z`>>), nn = SET_ADD(nn, ?) WHERE pk "
         "= `a` RETURNING MODIFIED NEW *','Parameters':[{'NS':['1']}]}",
         200, "{'Items':[{'ss':{'SS':['x','y','z']},'nn':{'NS':['1']}}]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET ss = set_delete(ss, <<`x`, `z`>>) WHERE pk = `a` "
         "RETURNING MODIFIED OLD *'}",
         200, "{'Items':[{'ss':{'SS':['x','y','z']}}]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET l[0] = `first` REMOVE l[2] WHERE pk = `a` RETURNING ALL "
         "OLD *'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'n':{'N':'6'},'l':{'L':[{'S':'x'},{'S':'y'},{'S':'z'},{'S':'w'"
         "}]},'m':{'M':{'k':{'N':'1'}}},'ss':{'SS':['y']},'o':{'N':'0'},'nn':{'NS':['1']}}]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET q = 1 WHERE pk = `a` RETURNING MODIFIED OLD *'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain REMOVE q WHERE pk = `a` RETURNING MODIFIED NEW *'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'FROM plain WHERE pk = `a` AND n = 6 SET n = 7 RETURNING MODIFIED NEW *'}",
         200, "{'Items':[{'n':{'N':'7'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET value_of = ?, n = ? WHERE pk = "
         "?','Parameters':[{'S':'v'},{'N':'8'},{'S':'a'}]}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET n = 0 WHERE pk = `a` AND (n = 1 OR n = "
         "2)','ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','Item':{'pk"
         "':{'S':'a'},'n':{'N':'8'},'l':{'L':[{'S':'first'},{'S':'y'},{'S':'w'}]},'m':{'M':{'k':{'"
         "N':'1'}}},'ss':{'SS':['y']},'o':{'N':'0'},'nn':{'NS':['1']},'value_of':{'S':'v'}},'messa"
         "ge':'The conditional request failed'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = 0 WHERE pk = `nobody`'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = 0 WHERE pk = `nobody` OR n = 1'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = 0'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE app SET n = 0 WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = 0 WHERE pk > `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET pk = `b` WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Cannot update attribute pk. This attribute is part of "
         "the key'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE app.by_g SET n = 0 WHERE pk = `a` AND sk = 1'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'This operation is "
         "not supported on an index'}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET o = set_add(ss, <<`x`>>) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The first argument "
         "to SET_ADD must equal the assignment value at 1:22:7'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET ss = set_add(ss) WHERE pk = `a`'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'SET_ADD must have "
         "exactly two arguments at 1:23:7'}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET ss = set_add(ss, `x`) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The second "
         "argument to SET_ADD must be a value with type SET at 1:31:2'}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET ss = set_delete(ss, n) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The second "
         "argument to SET_DELETE must be a value with type SET at 1:34:2'}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET ss = set_add(ss, <<1>>) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'An operand in the "
         "update expression has an incorrect data type'}"},
        {"ExecuteStatement",
         "{'Statement':'UPDATE plain SET n = if_not_exists(n, 1) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'SET takes a value, "
         "an attribute, a sum or difference of two of them, list_append with two operands, "
         "set_add or set_delete'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = (n = 1) WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'SET takes a value, "
         "an attribute, a sum or difference of two of them, list_append with two operands, "
         "set_add or set_delete'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = n + `x` WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Incorrect operand "
         "type for operator or function; operator or function: +, operand type: S'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET none.a = 1 WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The document path "
         "provided in the update expression is invalid for update'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET m = 1, m.k = 2 WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Two document paths "
         "overlap with each other; must remove or rewrite one of these paths; path one: [m], path "
         "two: [m, k]'}"},
        {"ExecuteStatement", "{'Statement':'UPDATE plain SET n = 1e126 WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number overflow. "
         "Attempting to store a number with magnitude larger than supported range under root'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM plain'}", 200,
         "{'Items':[{'pk':{'S':'a'},'n':{'N':'8'},'l':{'L':[{'S':'first'},{'S':'y'},{'S':'w'}]},'m"
         "':{'M':{'k':{'N':'1'}}},'ss':{'SS':['y']},'o':{'N':'0'},'nn':{'NS':['1']},'value_of':{'S"
         "':'v'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void deletes_do_without_what_is_not_there(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`a`,`n`:1}'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO plain VALUE {`pk`:`b`,`n`:1}'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain WHERE pk = `a` AND n = 2'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"ExecuteStatement",
         "{'Statement':'DELETE FROM plain WHERE pk = `a` AND (n = 2 OR n = "
         "3)','ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','Item':{'pk"
         "':{'S':'a'},'n':{'N':'1'}},'message':'The conditional request failed'}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain WHERE pk = `nobody` AND n = 2'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'DELETE FROM plain WHERE pk = `nobody` RETURNING ALL OLD *'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'DELETE FROM plain WHERE pk = `a` AND n = 1 AND attribute_exists(pk) "
         "RETURNING ALL OLD *','ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'n':{'N':'1'}}],'ConsumedCapacity':{'TableName':'plain','Capac"
         "ityUnits':1.0}}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain WHERE n = 1'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Where clause does "
         "not contain a mandatory equality on all key attributes'}"},
        {"ExecuteStatement",
         "{'Statement':'DELETE FROM plain WHERE pk = `b` RETURNING MODIFIED OLD *'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid returning "
         "clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements.'}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain WHERE pk = `b` RETURNING ALL NEW *'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid returning "
         "clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements.'}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain t WHERE pk = `b`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Aliasing is not "
         "supported'}"},
        {"ExecuteStatement", "{'Statement':'DELETE FROM plain WHERE pk = `b` ORDER BY pk'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Statement wasn't "
         "well formed, can't be processed: Unexpected token after expression'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM plain'}", 200,
         "{'Items':[{'pk':{'S':'b'},'n':{'N':'1'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(inserts_put_new_items),
        DYNR_TEST(updates_change_what_is_there),
        DYNR_TEST(deletes_do_without_what_is_not_there),
    };
    return dynr_test_main("service-partiql-write", tests, DYNR_TEST_COUNT(tests));
}
