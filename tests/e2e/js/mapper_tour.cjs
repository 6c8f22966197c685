// ElectroDB, an object mapper that puts many entities into one table with overloaded indexes.
// Usage: node mapper_tour.cjs ENDPOINT
const assert = require("node:assert/strict");
const { DynamoDBClient, CreateTableCommand } = require("@aws-sdk/client-dynamodb");
const { Entity, Service } = require("electrodb");

const client = new DynamoDBClient({
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
});
const table = "work";

function entity(name, attributes, indexes) {
  return new Entity({ model: { entity: name, version: "1", service: "office" }, attributes, indexes },
    { client, table });
}

const primary = (composite) => ({
  pk: { field: "pk", composite }, sk: { field: "sk", composite: [] },
});

const employees = entity("employee", {
  id: { type: "string", required: true },
  team: { type: "string", required: true },
  hired: { type: "string", required: true },
  salary: { type: "number" },
  skills: { type: "set", items: "string" },
}, {
  employee: primary(["id"]),
  members: {
    index: "gsi1", collection: "team",
    pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["hired"] },
  },
});

const tasks = entity("task", {
  id: { type: "string", required: true },
  team: { type: "string", required: true },
  points: { type: "number", default: 1 },
}, {
  task: primary(["id"]),
  assigned: {
    index: "gsi1", collection: "team",
    pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["id"] },
  },
});

const keys = (hash, range) => [
  { AttributeName: hash, KeyType: "HASH" }, { AttributeName: range, KeyType: "RANGE" }];

async function main() {
  await client.send(new CreateTableCommand({
    TableName: table, BillingMode: "PAY_PER_REQUEST", KeySchema: keys("pk", "sk"),
    AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk"].map((name) => (
      { AttributeName: name, AttributeType: "S" })),
    GlobalSecondaryIndexes: [{
      IndexName: "gsi1", KeySchema: keys("gsi1pk", "gsi1sk"), Projection: { ProjectionType: "ALL" },
    }],
  }));
  await employees.put([1, 2, 3, 4, 5].map((n) => (
    { id: `e${n}`, team: n < 4 ? "red" : "blue", hired: `2020-0${n}`, salary: n }))).go();
  await tasks.create({ id: "t1", team: "red" }).go();
  await assert.rejects(tasks.create({ id: "t1", team: "red" }).go(), /conditional request failed/);

  const since = await employees.query.members({ team: "red" }).gte({ hired: "2020-02" }).go();
  assert.deepEqual(since.data.map((each) => each.id), ["e2", "e3"]);

  const pages = [];
  let cursor = null;
  do {
    const page = await employees.query.members({ team: "red" }).go({ cursor, limit: 1, order: "desc" });
    pages.push(...page.data.map((each) => each.id));
    cursor = page.cursor;
  } while (cursor !== null);
  assert.deepEqual(pages, ["e3", "e2", "e1"]);

  const service = new Service({ employees, tasks }, { client, table });
  const team = await service.collections.team({ team: "red" }).go();
  assert.deepEqual([team.data.employees.length, team.data.tasks.length], [3, 1]);

  await employees.update({ id: "e1" }).set({ team: "blue", hired: "2020-01" }).add({ salary: 9, skills: ["c"] }).go();
  const moved = await employees.query.members({ team: "blue" }).where(
    ({ salary }, { gt }) => gt(salary, 4)).go();
  assert.deepEqual(moved.data.map((each) => each.id), ["e1", "e5"]);

  const done = await service.transaction.write(({ employees: people, tasks: work }) => [
    work.delete({ id: "t1" }).where(({ points }, { eq }) => eq(points, 2)).commit(),
    people.delete({ id: "e2" }).commit(),
  ]).go();
  assert.equal(done.canceled, true);
  assert.equal((await employees.get({ id: "e2" }).go()).data.salary, 2);
  assert.equal((await employees.scan.go({ pages: "all" })).data.length, 5);
  console.log("the tour is complete");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
