// The AWS SDK for JavaScript v3, unmodified: what a program written for AWS does, with only the
// endpoint changed. Usage: node tour.cjs ENDPOINT. Exits 0 when everything was as on AWS.
"use strict";

const assert = require("node:assert/strict");
const {
    BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand, DeleteTableCommand,
    DescribeTableCommand, DynamoDBClient, ListTablesCommand, PutItemCommand, UpdateTableCommand,
    ResourceNotFoundException, paginateListTables, waitUntilTableExists, waitUntilTableNotExists,
} = require("@aws-sdk/client-dynamodb");
const {
    DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand,
    ListStreamsCommand,
} = require("@aws-sdk/client-dynamodb-streams");
const {
    BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand,
    QueryCommand, ScanCommand, paginateQuery, paginateScan,
} = require("@aws-sdk/lib-dynamodb");

const settings = {
    endpoint: process.argv[2],
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
};
const client = new DynamoDBClient(settings);
const streams = new DynamoDBStreamsClient(settings);
const documents = DynamoDBDocumentClient.from(client);

const table = { TableName: "tour" };

async function tables() {
    const made = await client.send(new CreateTableCommand({
        ...table,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }));
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, table);
    const { Table: described } = await client.send(new DescribeTableCommand(table));
    assert.equal(described.TableStatus, "ACTIVE");
    assert.equal(described.TableArn, made.TableDescription.TableArn);
    assert.ok(described.CreationDateTime instanceof Date);
    const names = [];
    for await (const page of paginateListTables({ client, pageSize: 1 }, {})) {
        names.push(...page.TableNames);
    }
    assert.deepEqual(names, ["tour"]);
    assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, ["tour"]);
    await client.send(new UpdateTableCommand({ ...table, DeletionProtectionEnabled: false }));
    return described.LatestStreamArn;
}

async function items() {
    const item = { id: "döc", count: 42, list: [1, "två", null, true], map: { deep: { er: "🎉" } } };
    await documents.send(new PutCommand({ ...table, Item: item }));
    const read = await documents.send(new GetCommand({ ...table, Key: { id: "döc" } }));
    assert.deepEqual(read.Item, item);
    const bytes = { id: { S: "bytes" }, b: { B: new Uint8Array([0, 255]) }, s: { SS: ["x", "y"] } };
    await client.send(new PutItemCommand({ ...table, Item: bytes }));
    const batch = await client.send(new BatchGetItemCommand({
        RequestItems: { tour: { Keys: [{ id: { S: "bytes" } }] } },
    }));
    assert.deepEqual([...batch.Responses.tour[0].b.B], [0, 255]);
    assert.deepEqual(batch.Responses.tour[0].s.SS.sort(), ["x", "y"]);
    await documents.send(new BatchWriteCommand({
        RequestItems: { tour: [{ PutRequest: { Item: { id: "a" } } }, { PutRequest: { Item: { id: "b" } } }] },
    }));
    await client.send(new BatchWriteItemCommand({
        RequestItems: { tour: [{ DeleteRequest: { Key: { id: { S: "b" } } } }] },
    }));
    const left = await documents.send(new BatchGetCommand({
        RequestItems: { tour: { Keys: [{ id: "a" }, { id: "b" }] } },
    }));
    assert.deepEqual(left.Responses.tour, [{ id: "a" }]);
    const gone = await documents.send(new DeleteCommand({ ...table, Key: { id: "döc" }, ReturnValues: "ALL_OLD" }));
    assert.deepEqual(gone.Attributes, item);
}

async function reads() {
    const log = { TableName: "log" };
    await client.send(new CreateTableCommand({
        ...log,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [
            { AttributeName: "host", KeyType: "HASH" }, { AttributeName: "at", KeyType: "RANGE" },
        ],
        AttributeDefinitions: [
            { AttributeName: "host", AttributeType: "S" }, { AttributeName: "at", AttributeType: "N" },
        ],
    }));
    for (const host of ["a", "b"]) {
        const puts = [...Array(20).keys()].map((at) => ({ PutRequest: { Item: { host, at, odd: at % 2 === 1 } } }));
        await documents.send(new BatchWriteCommand({ RequestItems: { log: puts } }));
    }
    const page = await documents.send(new QueryCommand({
        ...log, KeyConditionExpression: "host = :h AND #at < :at", FilterExpression: "odd = :odd",
        ExpressionAttributeNames: { "#at": "at" }, ProjectionExpression: "#at", ScanIndexForward: false,
        ExpressionAttributeValues: { ":h": "a", ":at": 6, ":odd": true }, ReturnConsumedCapacity: "TOTAL",
    }));
    assert.deepEqual(page.Items, [{ at: 5 }, { at: 3 }, { at: 1 }]);
    assert.deepEqual([page.Count, page.ScannedCount, page.LastEvaluatedKey], [3, 6, undefined]);
    assert.deepEqual(page.ConsumedCapacity, { TableName: "log", CapacityUnits: 0.5 });
    const at = [];
    const query = {
        ...log, KeyConditionExpression: "host = :h", ExpressionAttributeValues: { ":h": "b" },
    };
    for await (const { Items: some } of paginateQuery({ client: documents, pageSize: 3 }, query)) {
        at.push(...some.map((one) => one.at));
    }
    assert.deepEqual(at, [...Array(20).keys()]);
    let scanned = 0;
    for await (const { Items: some } of paginateScan({ client: documents, pageSize: 7 }, { ...log })) {
        scanned += some.length;
    }
    assert.equal(scanned, 40);
    const counted = await documents.send(new ScanCommand({ ...log, Select: "COUNT" }));
    assert.deepEqual([counted.Count, counted.Items], [40, undefined]);
    await client.send(new DeleteTableCommand(log));
}

async function stream(arn) {
    const { Streams: listed } = await streams.send(new ListStreamsCommand(table));
    assert.deepEqual(listed.map((one) => one.StreamArn), [arn]);
    const { StreamDescription: described } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    const names = {};
    for (const shard of described.Shards) {
        const { ShardIterator } = await streams.send(new GetShardIteratorCommand({
            StreamArn: arn, ShardId: shard.ShardId, ShardIteratorType: "TRIM_HORIZON",
        }));
        const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
        assert.ok(page.NextShardIterator);
        for (const record of page.Records) {
            assert.ok(record.dynamodb.ApproximateCreationDateTime instanceof Date);
            (names[record.dynamodb.Keys.id.S] ??= []).push(record.eventName);
        }
    }
    assert.deepEqual(names, {
        "döc": ["INSERT", "REMOVE"], bytes: ["INSERT"], a: ["INSERT"], b: ["INSERT", "REMOVE"],
    });
}

async function refusals() {
    await assert.rejects(
        documents.send(new GetCommand({ TableName: "nowhere", Key: { id: "x" } })),
        (error) => error instanceof ResourceNotFoundException
            && error.message === "Requested resource not found"
            && error.$metadata.httpStatusCode === 400 && error.$metadata.requestId.length === 52);
    await assert.rejects(documents.send(new GetCommand({ ...table, Key: { no: "x" } })), {
        name: "ValidationException",
        message: "The provided key element does not match the schema",
    });
}

async function main() {
    const arn = await tables();
    await items();
    await stream(arn);
    await reads();
    await refusals();
    await client.send(new DeleteTableCommand(table));
    await waitUntilTableNotExists({ client, maxWaitTime: 30, minDelay: 1 }, table);
}

main().then(() => console.log("the tour is complete"), (error) => {
    console.error(error);
    process.exitCode = 1;
});
