// SPDX-License-Identifier: Apache-2.0
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { newcomer } from "../../web/identity.js";
import "../../web/style.css";
import { App } from "./App.jsx";
import { SignIn } from "./SignIn.jsx";
import { DynrProvider } from "./generated/dynr/react.js";
import { createClient } from "./generated/todo.client.js";

const USER = "todo.user";

/** One client for whoever is signed in; who is not has an id already, to sign up with. */
function Root() {
    const [user, setUser] = useState(() => JSON.parse(localStorage.getItem(USER) ?? "null"));
    const client = useMemo(() => createClient({ caller: { userId: user?.id ?? newcomer() } }), [user]);
    const become = (next) => {
        client.$close();
        if (next === null) localStorage.removeItem(USER);
        else localStorage.setItem(USER, JSON.stringify(next));
        setUser(next);
    };
    return (
        <DynrProvider client={client}>
            {user === null ? <SignIn onUser={become} /> : <App user={user} onSignOut={() => become(null)} />}
        </DynrProvider>
    );
}

createRoot(document.getElementById("root")).render(<StrictMode><Root /></StrictMode>);
