// SPDX-License-Identifier: MIT
// A run in a worker of its own. The worker is made from the page's own bytes: nothing is loaded.

export class Session {
  #worker;
  #url;
  #asked = new Map();
  #next = 1;

  // listen: called with each message of the worker that is no answer.
  constructor(script, listen) {
    this.#url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    this.#worker = new Worker(this.#url);
    this.#worker.onmessage = ({ data }) => {
      if (data.type !== 'answer') {
        listen(data);
        return;
      }
      this.#asked.get(data.id)?.(data.value);
      this.#asked.delete(data.id);
    };
    this.#worker.onerror = (event) => listen({ type: 'failed', status: 115, text: event.message });
  }

  send(message) { this.#worker.postMessage(message); }
  order(order, details = {}) { this.send({ type: 'order', order, ...details }); }

  ask(question, details = {}) {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.send({ type: 'question', question, id, ...details });
    });
  }

  close() {
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
  }
}
