// Registers the worker that answers without a connection.
export function register() {
  return navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
}

// Resolve when a worker is there to answer; reject when it cannot be registered or installed.
export async function registered() {
  const { active, waiting, installing } = await register();
  const worker = active ?? waiting ?? installing;
  await new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "redundant") reject(new Error("The worker could not be installed."));
      else if (worker.state.startsWith("activat")) resolve();
    };
    worker.addEventListener("statechange", look);
    look();
  });
}
