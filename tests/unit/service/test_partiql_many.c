/* SPDX-License-Identifier: Apache-2.0 */
/* BatchExecuteStatement and ExecuteTransaction. */
#include "partiql_fixture.h"

static void statements_of_a_batch_fail_alone(void)
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
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"BatchExecuteStatement",
         "{'Statements':[{'Statement':'SELECT t FROM app WHERE pk = `a` AND sk = "
         "1'},{'Statement':'SELECT * FROM app WHERE pk = `a`'},{'Statement':'SELECT * FROM none "
         "WHERE pk = `a`'},{'Statement':'SLECT'},{'Statement':'SELECT * FROM app WHERE sk = 1 AND "
         "pk = `nobody`'},{'Statement':'SELECT sk FROM app WHERE pk = ? AND sk = "
         "?','Parameters':[{'S':'a'},{'N':'2'}],'ConsistentRead':true},{'Statement':'SELECT * "
         "FROM app.by_g WHERE pk = `a` AND sk = 1'},{'Statement':'SELECT * FROM app WHERE pk = "
         "`a` AND sk = 1 AND t = `t1`'},{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = "
         "`1`'},{'Statement':'SELECT * FROM app WHERE pk = "
         "?','Parameters':[{'N':'abc'}]}],'ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Responses':[{'TableName':'app','Item':{'t':{'S':'t1'}}},{'Error':{'Code':'ValidationEr"
         "ror','Message':'Select statements within BatchExecuteStatement must specify the primary "
         "key in the where clause.'},'TableName':'app'},{'Error':{'Code':'ResourceNotFound','Messa"
         "ge':'Requested resource not found'},'TableName':'none'},{'Error':{'Code':'ValidationErro"
         "r','Message':'Statement wasn't well formed, can't be processed: Expected data "
         "manipulation'}},{'TableName':'app'},{'TableName':'app','Item':{'sk':{'N':'2'}}},{'Error'"
         ":{'Code':'ValidationError','Message':'Select statements within BatchExecuteStatement "
         "must specify the primary key in the where clause.'},'TableName':'app'},{'Error':{'Code':"
         "'ValidationError','Message':'Select statements within BatchExecuteStatement must "
         "specify the primary key in the where clause.'},'TableName':'app'},{'Error':{'Code':'Vali"
         "dationError','Message':'Key attribute's data type should match its data type in table's "
         "schema: Key sk'},'TableName':'app'},{'Error':{'Code':'ValidationError','Message':'The "
         "parameter cannot be converted to a numeric value: "
         "abc'}}],'ConsumedCapacity':[{'TableName':'app','CapacityUnits':0.5},{'TableName':'app','"
         "CapacityUnits':0.5},{'TableName':'app','CapacityUnits':1.0}]}"},
        {"BatchExecuteStatement",
         "{'Statements':[{'Statement':'INSERT INTO app VALUE "
         "{`pk`:`a`,`sk`:1}'},{'Statement':'INSERT INTO app VALUE "
         "{`pk`:`c`,`sk`:1}'},{'Statement':'UPDATE app SET t = `x` WHERE pk = `a` AND sk = 1 "
         "RETURNING MODIFIED NEW *'},{'Statement':'UPDATE app REMOVE t WHERE pk = `a` AND sk = 2 "
         "RETURNING MODIFIED NEW *'},{'Statement':'UPDATE app SET t = `x` WHERE pk = `nobody` AND "
         "sk = 1'},{'Statement':'DELETE FROM app WHERE pk = `a` AND sk = 2 RETURNING MODIFIED OLD "
         "*'},{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `a`)'},{'Statement':'DELETE FROM "
         "app WHERE pk = `a` AND sk = 1 AND t = `no`','ReturnValuesOnConditionCheckFailure':'ALL_O"
         "LD'},{'Statement':'DELETE FROM app WHERE pk = `c` AND sk = 1 RETURNING ALL OLD *'}]}",
         200,
         "{'Responses':[{'Error':{'Code':'DuplicateItem','Message':'Duplicate primary key exists "
         "in table'},'TableName':'app'},{'TableName':'app'},{'TableName':'app','Item':{'t':{'S':'x"
         "'}}},{'TableName':'app'},{'Error':{'Code':'ConditionalCheckFailed','Message':'The "
         "conditional request failed'},'TableName':'app'},{'Error':{'Code':'ValidationError','Mess"
         "age':'Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is "
         "allowed in DELETE statements.'},'TableName':'app'},{'Error':{'Code':'ValidationError','M"
         "essage':'EXISTS is for ExecuteTransaction alone'},'TableName':'app'},{'Error':{'Code':'C"
         "onditionalCheckFailed','Message':'The conditional request "
         "failed','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'G1'},'l':{'N':'-1'},'t':{'S':'x'"
         "},'x':{'M':{'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':{'NULL':true}}}]}}}}},'TableName':"
         "'app'},{'TableName':'app','Item':{'pk':{'S':'c'},'sk':{'N':'1'}}}]}"},
        {"BatchExecuteStatement",
         "{'Statements':[{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = "
         "1'},{'Statement':'DELETE FROM app WHERE pk = `a` AND sk = 1'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'BatchExecuteStateme"
         "nt API does not support both read and write operations in the same request.'}"},
        {"BatchExecuteStatement",
         "{'Statements':[{'Statement':'SELECT * FROM app WHERE pk = ?','Parameters':[{'S':1}]}]}",
         400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"BatchExecuteStatement", "{'Statements':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
        {"BatchExecuteStatement",
         "{'Statements':[{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'St"
         "atement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},"
         "{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELET"
         "E'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'D"
         "ELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement"
         "':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'State"
         "ment':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'},{'Statement':'DELETE'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[BatchStatementRequest(statement=DELETE, parameters=null, "
         "consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null), BatchStatementRequest(statement=DELETE, "
         "parameters=null, consistentRead=null, returnValuesOnConditionCheckFailure=null), "
         "BatchStatementRequest(statement=DELETE, parameters=null, consistentRead=null, "
         "returnValuesOnConditionCheckFailure=null)]' at 'statements' failed to satisfy "
         "constraint: Member must have length less than or equal to 25'}"},
        {"BatchExecuteStatement", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'statements' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk, sk, t FROM app'}", 200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'t':{'S':'x'}},{'pk':{'S':'a'},'sk':{'N':'2'}},"
         "{'pk':{'S':'b'},'sk':{'N':'1'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void transactions_read_all(void)
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
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT t FROM app WHERE pk = `a` AND sk = "
         "1'},{'Statement':'SELECT * FROM app WHERE pk = `nobody` AND sk = "
         "1'},{'Statement':'SELECT x.y[1] FROM app WHERE pk = ? AND sk = "
         "?','Parameters':[{'S':'a'},{'N':'2'}]}],'ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Responses':[{'Item':{'t':{'S':'t1'}}},{},{'Item':{'y[1]':{'S':'two'}}}],'ConsumedCapac"
         "ity':[{'TableName':'app','CapacityUnits':6.0,'ReadCapacityUnits':6.0}]}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT t FROM app WHERE pk = `a`'}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: Select statements within ExecuteTransaction must specify the "
         "primary key in the where clause.'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT t FROM app WHERE pk = `a` AND sk = "
         "1'},{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = 2 AND t = `t2`'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[1]: Select statements within ExecuteTransaction must specify the "
         "primary key in the where clause.'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT t FROM app.by_g WHERE g = `G1`'}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: Reads on indices are not supported within transactions.'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT * FROM app WHERE pk = `a` AND sk = "
         "1'},{'Statement':'DELETE FROM app WHERE pk = `a` AND sk = 1'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ExecuteTransaction "
         "API does not support both read and write operations in the same request.'}"},
        {"ExecuteTransaction", "{'TransactStatements':[{'Statement':'SELECT * FROM app WHERE'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: Statement wasn't well formed, can't be processed: Unexpected "
         "term'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'SELECT * FROM none WHERE pk = `a`'}]}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'Reques"
         "ted resource not found'}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

static void transactions_write_all_or_nothing(void)
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
        {"ExecuteStatement", "{'Statement':'INSERT INTO app VALUE {`pk`:`b`,`sk`:1,`b`:true}'}",
         200, "{'Items':[]}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'INSERT INTO app VALUE "
         "{`pk`:`c`,`sk`:1}'},{'Statement':'UPDATE app SET t = `x` WHERE pk = `a` AND sk = 1 "
         "RETURNING ALL NEW *'},{'Statement':'DELETE FROM app WHERE pk = `a` AND sk = "
         "2'},{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `b` AND sk = 1 AND b = "
         "true)'}],'ClientRequestToken':'once','ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Responses':[],'ConsumedCapacity':[{'TableName':'app','CapacityUnits':18.0,'WriteCapaci"
         "tyUnits':18.0}]}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'UPDATE app SET t = `y` WHERE pk = `a` AND sk = "
         "1'}],'ClientRequestToken':'once'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException','messa"
         "ge':'The request uses the same client token as a previous, but non-identical request.'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'INSERT INTO app VALUE "
         "{`pk`:`a`,`sk`:1}'},{'Statement':'UPDATE app SET t = `n` WHERE pk = `b` AND sk = 1'}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException','CancellationR"
         "easons':[{'Code':'DuplicateItem','Message':'Duplicate primary key exists in "
         "table'},{'Code':'None'}],'Message':'Transaction cancelled, please refer cancellation "
         "reasons for specific reasons [DuplicateItem, None]'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `b` AND sk = 1 "
         "AND b IS MISSING)'},{'Statement':'UPDATE app SET t = `n` WHERE pk = `a` AND sk = 1 AND "
         "t = `no`','ReturnValuesOnConditionCheckFailure':'ALL_OLD'},{'Statement':'UPDATE app SET "
         "t = `n` WHERE pk = `nobody` AND sk = 1'}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException','CancellationR"
         "easons':[{'Code':'ConditionalCheckFailed','Message':'The conditional request "
         "failed'},{'Code':'ConditionalCheckFailed','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S'"
         ":'G1'},'l':{'N':'-1'},'t':{'S':'x'},'x':{'M':{'y':{'L':[{'N':'1'},{'S':'two'},{'M':{'z':"
         "{'NULL':true}}}]}}}},'Message':'The conditional request "
         "failed'},{'Code':'ConditionalCheckFailed','Message':'The conditional request "
         "failed'}],'Message':'Transaction cancelled, please refer cancellation reasons for "
         "specific reasons [ConditionalCheckFailed, ConditionalCheckFailed, "
         "ConditionalCheckFailed]'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `a` AND sk = "
         "1)'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: EXISTS() must contain a single item read with additional "
         "condition'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'EXISTS(SELECT * FROM app WHERE pk = `a` AND t = "
         "1)'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: EXISTS() must contain a single item read with additional "
         "condition'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'UPDATE none SET t = 1 WHERE pk = `a`'}]}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'Reques"
         "ted resource not found'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'UPDATE app SET t = 1 WHERE pk = `a` AND sk = "
         "1'},{'Statement':'DELETE FROM app WHERE pk = `a` AND sk = 1'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Transaction "
         "request cannot include multiple operations on one item'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'UPDATE app SET t = 1 WHERE pk = `a`'}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Validation failed "
         "in TransactStatements[0]: Where clause does not contain a mandatory equality on all key "
         "attributes'}"},
        {"ExecuteTransaction",
         "{'TransactStatements':[{'Statement':'UPDATE app SET t = ? WHERE pk = `a` AND sk = "
         "1','Parameters':[{'N':'x'}]}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "cannot be converted to a numeric value: x'}"},
        {"ExecuteTransaction", "{'TransactStatements':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'transactStatements' failed to satisfy constraint: Member must "
         "have length greater than or equal to 1'}"},
        {"ExecuteTransaction", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'transactStatements' failed to satisfy constraint: Member must "
         "not be null'}"},
        {"ExecuteStatement", "{'Statement':'SELECT pk, sk, t FROM app'}", 200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'t':{'S':'x'}},{'pk':{'S':'b'},'sk':{'N':'1'}},"
         "{'pk':{'S':'c'},'sk':{'N':'1'}}]}"},
    };
    partiql_run(steps, DYNR_TEST_COUNT(steps));
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(statements_of_a_batch_fail_alone),
        DYNR_TEST(transactions_read_all),
        DYNR_TEST(transactions_write_all_or_nothing),
    };
    return dynr_test_main("service-partiql-many", tests, DYNR_TEST_COUNT(tests));
}
