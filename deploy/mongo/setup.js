// Make the replica set and a user for each service, with rights to its own database only. Safe to run again.
const fs = require("fs");
const read = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const hosts = process.env.MONGO_HOSTS.split(",");

const admin = connect(`mongodb://root:${read("mongo_root_password")}@${hosts[0]}:27017/admin?directConnection=true`);
try {
  admin.runCommand({ replSetGetStatus: 1 }).ok || initiate();
} catch (error) {
  initiate();
}

function initiate() {
  const members = hosts.map((host, number) => ({ _id: number, host: `${host}:27017`, priority: number ? 1 : 2 }));
  const done = admin.adminCommand({ replSetInitiate: { _id: "rs0", members } });
  if (!done.ok && done.codeName !== "AlreadyInitialized") throw new Error(done.errmsg);
}

for (let waited = 0; !admin.hello().isWritablePrimary && !admin.hello().primary; waited++) {
  if (waited > 120) throw new Error("the replica set has no primary after a minute");
  sleep(500);
}
const primary = connect(`mongodb://root:${read("mongo_root_password")}@${hosts.map((host) => host + ":27017").join(",")}/admin?replicaSet=rs0`);
for (const service of process.env.SERVICES.split(",")) {
  const user = { pwd: read(`mongo_password_${service}`), roles: [{ role: "readWrite", db: `practice_exchange_${service}` }] };
  if (primary.getUser(service)) primary.updateUser(service, user);
  else primary.createUser({ user: service, ...user });
  print(`user ${service} may read and write practice_exchange_${service}`);
}
