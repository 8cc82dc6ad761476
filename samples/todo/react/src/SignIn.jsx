// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { useClient } from "./generated/dynr/react.js";

/** An address that is known brings its lists back; nothing is checked. */
export function SignIn({ onUser }) {
    const client = useClient();
    const [problem, setProblem] = useState();
    const signIn = async (values) => {
        try {
            const email = values.get("email");
            const known = await client.users.byEmail.query({ email }).catch((error) => {
                if (error.code === "NOT_FOUND") return undefined;
                throw error;
            });
            const { id, name } = known ?? (await client.users.register.mutate({ email, name: values.get("name") }));
            onUser({ id, name });
        } catch (error) {
            setProblem(error.message);
        }
    };
    return (
        <main className="card narrow">
            <h1>Who are you?</h1>
            <form action={signIn}>
                <label>E-mail <input name="email" type="email" required maxLength={254} /></label>
                <label>Name <input name="name" required maxLength={80} /></label>
                <button className="primary">Go on</button>
            </form>
            {problem && <p role="alert">{problem}</p>}
        </main>
    );
}
