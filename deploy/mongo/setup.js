// Make the replica set and a user for each service, with rights to its own database only. Safe to run again.
const fs = require("fs");
const read = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const hosts = process.env.MONGO_HOSTS.split(",");

const admin = connect(`mongodb://root:${read("mongo_root_password")}@${hosts[0]}:27017/admin?directConnection=true`);
const initiated = (() => {
  try {
    return admin.runCommand({ replSetGetStatus: 1 }).ok;
  } catch (error) {
    return false;
  }
})();
if (!initiated) initiate();

function initiate() {
  const members = hosts.map((host, number) => ({ _id: number, host: `${host}:27017`, priority: number ? 1 : 2 }));
  const done = admin.adminCommand({ replSetInitiate: { _id: "rs0", members } });
  if (!done.ok && done.codeName !== "AlreadyInitialized") throw new Error(done.errmsg);
}

for (let waited = 0; !admin.hello().isWritablePrimary && !admin.hello().primary; waited++) {
  if (waited > 120) throw new Error("the replica set has no primary after a minute");
  sleep(500);
}
if (initiated) grow();

// One machine becomes a cluster: each member that is new joins by itself, because a set takes one vote more at a time.
function grow() {
  // Not as hello names them: it leaves out who is still copying what there is.
  const members = admin.runCommand({ replSetGetConfig: 1 }).config.members;
  const known = new Set(members.map((one) => one.host));
  const missing = hosts.map((host) => `${host}:27017`).filter((host) => !known.has(host));
  for (const host of missing) {
    const leader = connect(address([...known]));
    const config = leader.runCommand({ replSetGetConfig: 1 }).config;
    config.version += 1;
    config.members.push({ _id: Math.max(...config.members.map((one) => one._id)) + 1, host, priority: 1 });
    const done = leader.runCommand({ replSetReconfig: config, maxTimeMS: 60000 });
    if (!done.ok) throw new Error(done.errmsg);
    known.add(host);
    print(`${host} joined the replica set`);
  }
}

function address(members) {
  return `mongodb://root:${read("mongo_root_password")}@${members.join(",")}/admin?replicaSet=rs0`;
}

const primary = connect(address(hosts.map((host) => `${host}:27017`)));
function allow(name, services) {
  const roles = services.map((service) => ({ role: "readWrite", db: `practice_exchange_${service}` }));
  const user = { pwd: read(`mongo_password_${name}`), roles };
  if (primary.getUser(name)) primary.updateUser(name, user);
  else primary.createUser({ user: name, ...user });
  print(`user ${name} may read and write ${roles.map((role) => role.db).join(", ")}`);
}
const services = process.env.SERVICES.split(",");
for (const service of services) allow(service, [service]);
allow("operator", services); // backs up and restores, and reconciles the streams with the record
