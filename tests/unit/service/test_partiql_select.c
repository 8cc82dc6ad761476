/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT: what a WHERE clause becomes, columns, order, indexes, and what is refused. */
#include "partiql_fixture.h"

static void keys_become_queries(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:1,`g`:`G1`,`l`:-1,`t`:`t1`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:2,`g`:`G0`,`l`:-2,`t`:`t2`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:3,`g`:`G1`,`l`:-3,`t`:`t3`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:4,`g`:`G0`,`l`:-4,`t`:`t4`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = 1'}", 200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'G1'},'l':{'N':'-1'},'t':{'S':'t1'},'x"
         "':{'M':{'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':{'NULL':true}}}]}}}}]}"},
        {"ExecuteStatement",
         "{'Statement':'select sk from \\\"app\\\" where `a` = pk and sk between 2 and 3'}", 200,
         "{'Items':[{'sk':{'N':'2'}},{'sk':{'N':'3'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND sk > 3'}", 200,
         "{'Items':[{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = ? AND 2 >= sk','Parameters':[{'S':'a'}]}",
         200, "{'Items':[{'sk':{'N':'1'}},{'sk':{'N':'2'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT t FROM app WHERE pk = `a` AND sk IN [1, 3]'}",
         200, "{'Items':[{'t':{'S':'t1'}},{'t':{'S':'t3'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT pk, sk FROM app WHERE pk IN [`b`, `a`] AND sk = 1'}", 200,
         "{'Items':[{'pk':{'S':'b'},'sk':{'N':'1'}},{'pk':{'S':'a'},'sk':{'N':'1'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT pk, sk FROM app WHERE pk IN ? AND sk < "
         "2','Parameters':[{'L':[{'S':'a'},{'S':'nobody'},{'S':'b'}]}]}",
         200, "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'}},{'pk':{'S':'b'},'sk':{'N':'1'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `nobody`'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk FROM plain WHERE begins_with(pk, `x`)'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = 1 -- a note'}", 200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'G1'},'l':{'N':'-1'},'t':{'S':'t1'},'x"
         "':{'M':{'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':{'NULL':true}}}]}}}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk /* a note */ FROM app WHERE pk = `a` AND sk = 1.0e0;'}", 200,
         "{'Items':[{'sk':{'N':'1'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void what_names_keys_besides_filters_items(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:1,`g`:`G1`,`l`:-1,`t`:`t1`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:2,`g`:`G0`,`l`:-2,`t`:`t2`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:3,`g`:`G1`,`l`:-3,`t`:`t3`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:4,`g`:`G0`,`l`:-4,`t`:`t4`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND (sk = 1 OR sk > 3)'}", 200,
         "{'Items':[{'sk':{'N':'1'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND NOT sk = 1 AND sk <> 3'}", 200,
         "{'Items':[{'sk':{'N':'2'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND sk > 1 AND sk < 4'}", 200,
         "{'Items':[{'sk':{'N':'2'}},{'sk':{'N':'3'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND pk = `b`'}", 200,
         "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk, sk FROM app WHERE pk = `b` OR sk = 4'}", 200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'4'}},{'pk':{'S':'b'},'sk':{'N':'1'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk FROM app WHERE NOT pk = `a`'}", 200,
         "{'Items':[{'pk':{'S':'b'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND t = `t2`'}", 200,
         "{'Items':[{'sk':{'N':'2'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND x.y[1] = `two` AND size(t) = 2 AND "
         "sk IN (4, 2)'}",
         200, "{'Items':[{'sk':{'N':'2'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk FROM app WHERE b IS BOOL'}", 200,
         "{'Items':[{'pk':{'S':'b'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND b IS MISSING AND x IS STRUCT AND "
         "x.y[2].z IS NULL AND t IS NOT NULL AND sk NOT BETWEEN 2 AND 9'}",
         200, "{'Items':[{'sk':{'N':'1'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND (contains(t, `3`) = true OR "
         "attribute_type(t, `N`) OR BEGINS_WITH(t, `t4`)) AND attribute_not_exists(t) = false'}",
         200, "{'Items':[{'sk':{'N':'3'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` AND (t = `t1` AND sk = 1 OR t = `t2` "
         "AND sk = 3 OR NOT (sk < 4 OR t = `x`))'}",
         200, "{'Items':[{'sk':{'N':'1'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT count, sk FROM app WHERE sk = 2','ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Items':[{'sk':{'N':'2'}}],'ConsumedCapacity':{'TableName':'app','CapacityUnits':0.5}}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void columns_are_called_by_their_last_name(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:1,`g`:`G1`,`l`:-1,`t`:`t1`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT x.y[2].z, x.y[0], t, nothing FROM app WHERE pk = `a`'}", 200,
         "{'Items':[{'z':{'NULL':true},'y[0]':{'N':'1'},'t':{'S':'t1'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT x.y[9], \\\"x\\\".\\\"y\\\" FROM app WHERE pk = `a`'}", 200,
         "{'Items':[{'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':{'NULL':true}}}]}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT x.y[12] FROM app'}", 200, "{'Items':[{},{}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT t, x.t FROM app'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Two columns of the "
         "SELECT clause are called t'}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void orders_are_those_of_the_key(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:1,`g`:`G1`,`l`:-1,`t`:`t1`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:2,`g`:`G0`,`l`:-2,`t`:`t2`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:3,`g`:`G1`,`l`:-3,`t`:`t3`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:4,`g`:`G0`,`l`:-4,`t`:`t4`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` ORDER BY sk DESC'}",
         200, "{'Items':[{'sk':{'N':'4'}},{'sk':{'N':'3'}},{'sk':{'N':'2'}},{'sk':{'N':'1'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk = `a` ORDER BY pk, sk ASC'}", 200,
         "{'Items':[{'sk':{'N':'1'}},{'sk':{'N':'2'}},{'sk':{'N':'3'}},{'sk':{'N':'4'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT pk, sk FROM app WHERE pk IN [`a`, `b`] ORDER BY pk DESC, sk DESC'}",
         200,
         "{'Items':[{'pk':{'S':'b'},'sk':{'N':'1'}},{'pk':{'S':'a'},'sk':{'N':'4'}},{'pk':{'S':'a'"
         "},'sk':{'N':'3'}},{'pk':{'S':'a'},'sk':{'N':'2'}},{'pk':{'S':'a'},'sk':{'N':'1'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app WHERE pk IN [`a`, `b`] ORDER BY sk'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ORDER BY needs the "
         "partition key first where several of its values are read'}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app ORDER BY sk'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ORDER BY needs an "
         "equality or IN condition on the partition key in the WHERE clause'}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` ORDER BY t'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ORDER BY takes the "
         "partition key and then the sort key, each once'}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app WHERE pk = `a` ORDER BY sk, pk'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ORDER BY takes the "
         "partition key and then the sort key, each once'}"},
        {"ExecuteStatement", "{'Statement':'SELECT l FROM app.by_l WHERE pk = `a` ORDER BY l'}",
         200, "{'Items':[{'l':{'N':'-4'}},{'l':{'N':'-3'}},{'l':{'N':'-2'}},{'l':{'N':'-1'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void indexes_are_read(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:1,`g`:`G1`,`l`:-1,`t`:`t1`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:2,`g`:`G0`,`l`:-2,`t`:`t2`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:3,`g`:`G1`,`l`:-3,`t`:`t3`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'INSERT INTO app VALUE {`pk`:`a`,`sk`:4,`g`:`G0`,`l`:-4,`t`:`t4`,`x`:{`y`:["
         "1,`two`,{`z`:NULL}]}}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app.by_g WHERE g = `G1`'}", 200,
         "{'Items':[{'sk':{'N':'1'}},{'sk':{'N':'3'}}]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app.g_keys WHERE g = `G0` AND l < "
         "-3','ReturnConsumedCapacity':'INDEXES'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'4'},'g':{'S':'G0'},'l':{'N':'-4'}}],'ConsumedCapaci"
         "ty':{'TableName':'app','CapacityUnits':0.5,'Table':{'CapacityUnits':0.0},'GlobalSecondar"
         "yIndexes':{'g_keys':{'CapacityUnits':0.5}}}}"},
        {"ExecuteStatement", "{'Statement':'SELECT sk FROM app.by_g WHERE pk = `a` AND sk > 2'}",
         200, "{'Items':[{'sk':{'N':'4'}},{'sk':{'N':'3'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT t, x FROM app.g_keys WHERE g = `G0`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Global secondary index g_keys does not project [t, x]'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT t, x.y FROM app.by_l WHERE pk = `a` AND l = -2 AND x.y[0] = 1'}",
         200,
         "{'Items':[{'t':{'S':'t2'},'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':{'NULL':true}}}]}}]"
         "}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app.by_l WHERE pk = `a` AND l = -2'}",
         200, "{'Items':[{'pk':{'S':'a'},'sk':{'N':'2'},'l':{'N':'-2'},'t':{'S':'t2'}}]}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app.none WHERE pk = `a`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The table does not "
         "have the specified index: none'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app.by_g WHERE g = `G0`','ConsistentRead':true}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Consistent reads "
         "are not supported on global secondary indexes'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT sk FROM app.by_l WHERE pk = `a` AND l > "
         "-2','ConsistentRead':true,'ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Items':[{'sk':{'N':'1'}}],'ConsumedCapacity':{'TableName':'app','CapacityUnits':1.0}}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void what_a_select_may_not_say(void)
{
    static const struct service_step steps[] = {
        {"ExecuteStatement", "{'Statement':'SELECT * FROM none WHERE pk = `a`'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'Reques"
         "ted resource not found'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = 1'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attribute's "
         "data type should match its data type in table's schema: Key pk'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk IN [`a`, 2]'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attribute's "
         "data type should match its data type in table's schema: Key pk'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk > `1`'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attribute's "
         "data type should match its data type in table's schema: Key sk'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk IN [`a`, `a`]'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Overlapping "
         "conditions with range keys are not supported in where clause'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = `a` AND t IN []'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'IN needs a list of "
         "at least one value'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk = `a` AND t IN ?','Parameters':[{'S':'x'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'IN needs a list of "
         "at least one value'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t < true'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Incorrect operand "
         "type for operator or function; operator or function: <, operand type: BOOL'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk = `a` AND t BETWEEN NULL AND NULL'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Incorrect operand "
         "type for operator or function; operator or function: BETWEEN, operand type: NULL'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE Foo(t)'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Unrecognized "
         "function: foo at 1:25:3'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE set_add(s, <<1>>) = s'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Unrecognized "
         "function: set_add at 1:25:7'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE attribute_exists()'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Incorrect number "
         "of operands for operator or function; operator or function: attribute_exists, number of "
         "operands: 0'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE attribute_exists(`t`)'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Operator or "
         "function requires a document path; operator or function: attribute_exists'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE attribute_exists(t, x)'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Incorrect number "
         "of operands for operator or function; operator or function: attribute_exists, number of "
         "operands: 2'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The WHERE clause "
         "must be made of conditions: a value, an attribute or the function size is none'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE size(t)'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The WHERE clause "
         "must be made of conditions: a value, an attribute or the function size is none'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t = 1 + 1'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Operands of a "
         "condition must be attributes, values or the function size'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE (t = 1) = 2'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Operands of a "
         "condition must be attributes, values or the function size'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE 1 IS MISSING'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'IS needs an "
         "attribute before it'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t IS FOO'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Statement wasn't "
         "well formed, can't be processed: Expected type name'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = 1e126'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number overflow. "
         "Attempting to store a number with magnitude larger than supported range under root'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t = [1, {`a`: 1e-131}]'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number underflow. "
         "Attempting to store a number with magnitude smaller than supported range under "
         "root[1].a'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t = <<1, `a`>>'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The members of a "
         "set must be of one type'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t = <<NULL>>'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The members of a "
         "set must be strings, numbers or binary values'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE t = {`a`:1,`a`:2}'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The name a stands "
         "twice in one map'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = ``'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values are not valid. The AttributeValue for a key attribute cannot contain "
         "an empty string value. Key: pk'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = ?'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number of "
         "parameters in request and statement don't match.'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app','Parameters':[{'S':'a'}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number of "
         "parameters in request and statement don't match.'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk = ?','Parameters':[{'S':1}]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk = ?','Parameters':[{'N':'abc'}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "cannot be converted to a numeric value: abc'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE pk = ?','Parameters':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app','Limit':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
         "greater than or equal to 1'}"},
        {"ExecuteStatement", "{'Statement':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '' at 'statement' failed to satisfy constraint: Member must have length "
         "greater than or equal to 1'}"},
        {"ExecuteStatement", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'statement' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"ExecuteStatement", "{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `a`)'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'EXISTS is for "
         "ExecuteTransaction alone'}"},
        {"ExecuteStatement", "{'Statement':'SLECT * FROM app'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Statement wasn't "
         "well formed, can't be processed: Expected data manipulation'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app WHERE'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Statement wasn't "
         "well formed, can't be processed: Unexpected term'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE pk IN [``,``,``,``,``,``,``,``,``,``,``,``,``,``,`"
         "`,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``,``"
         ",``,``,``,``,``,``,``]'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'IN takes at most "
         "50 values of a partition key'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT pk FROM app WHERE pk IN "
         "[`p0`,`p1`,`p2`,`p3`,`p4`,`p5`,`p6`,`p7`,`p8`,`p9`,`p10`,`p11`,`p12`,`p13`,`p14`,`p15`,`"
         "p16`,`p17`,`p18`,`p19`,`p20`,`p21`,`p22`,`p23`,`p24`,`p25`,`p26`,`p27`,`p28`,`p29`,`p30`"
         ",`p31`,`p32`,`p33`,`p34`,`p35`,`p36`,`p37`,`p38`,`p39`,`p40`,`p41`,`p42`,`p43`,`p44`,`p4"
         "5`,`p46`,`p47`,`p48`,`p49`]'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app WHERE t IN [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
         "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
         "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'IN takes at most "
         "100 values'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT pk FROM app WHERE t IN [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
         ",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
         ",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]'}",
         200, "{'Items':[]}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app','NextToken':'x'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'NextToken does not "
         "match request'}"},
        {"ExecuteStatement", "{'Statement':'SELECT * FROM app','NextToken':'AAAA'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'NextToken does not "
         "match request'}"},
        {"ExecuteStatement",
         "{'Statement':'SELECT * FROM app','NextToken':'MDEyMzQ1Njc4OTAxMjM0NTA6'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'NextToken does not "
         "match request'}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(keys_become_queries),
        DYNR_TEST(what_names_keys_besides_filters_items),
        DYNR_TEST(columns_are_called_by_their_last_name),
        DYNR_TEST(orders_are_those_of_the_key),
        DYNR_TEST(indexes_are_read),
        DYNR_TEST(what_a_select_may_not_say),
    };
    return dynr_test_main("service-partiql-select", tests, DYNR_TEST_COUNT(tests));
}
