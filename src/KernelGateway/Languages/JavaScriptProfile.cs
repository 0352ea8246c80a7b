using System.Text;
using Newtonsoft.Json;

namespace KernelGateway.Languages;

/// <summary>JavaScript and TypeScript, on Deno and on Node: the old values are kept under a symbol of the gateway.</summary>
internal sealed class JavaScriptProfile : LanguageProfile
{
    private const string Key = "Symbol.for('kernelgateway.environment')";

    private const string SetScript = $$"""
        (() => {
          const bytes = Uint8Array.from(atob(PAYLOAD), c => c.charCodeAt(0));
          const values = JSON.parse(new TextDecoder().decode(bytes));
          const deno = globalThis.Deno, env = deno ? deno.env : process.env;
          const saved = Object.keys(values).map(name => [name, deno ? env.get(name) : env[name]]);
          Object.defineProperty(globalThis, {{Key}}, { value: saved, configurable: true });
          for (const [name, value] of Object.entries(values)) deno ? env.set(name, value) : env[name] = value;
        })()
        """;

    private const string RestoreScript = $$"""
        (() => {
          const saved = globalThis[{{Key}}] ?? [];
          delete globalThis[{{Key}}];
          const deno = globalThis.Deno, env = deno ? deno.env : process.env;
          for (const [name, value] of saved) {
            if (value === undefined) deno ? env.delete(name) : delete env[name];
            else deno ? env.set(name, value) : env[name] = value;
          }
        })()
        """;

    private const string ChangeScript = """
        (() => {
          const bytes = Uint8Array.from(atob(PAYLOAD), c => c.charCodeAt(0));
          const deno = globalThis.Deno, env = deno ? deno.env : process.env;
          for (const [name, value] of Object.entries(JSON.parse(new TextDecoder().decode(bytes)))) {
            if (value === null) deno ? env.delete(name) : delete env[name];
            else deno ? env.set(name, value) : env[name] = value;
          }
        })()
        """;

    private JavaScriptProfile()
    {
    }

    public static JavaScriptProfile Instance { get; } = new();

    public override string RestoreVariables { get; } = Call(RestoreScript);

    public override string SetVariables(IReadOnlyDictionary<string, string> variables) => Call(WithPayload(SetScript, variables));

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes) =>
        Call(WithPayload(ChangeScript, changes));

    private static string WithPayload(string script, object values)
    {
        var payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(values)));
        return script.Replace("PAYLOAD", $"'{payload}'", StringComparison.Ordinal);
    }

    // Inside a string for eval the script is plain JavaScript: TypeScript kernels do not check its types.
    private static string Call(string script) => $"void eval({JsonConvert.SerializeObject(script)})";
}
