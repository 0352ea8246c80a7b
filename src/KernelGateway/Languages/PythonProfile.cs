using System.Text;
using Newtonsoft.Json;

namespace KernelGateway.Languages;

/// <summary>Python: <c>os.environ</c>, the old values kept in a module of ours.</summary>
internal sealed class PythonProfile : LanguageProfile
{
    private const string SetScript = """
        import base64, json, os, sys, types
        module = sys.modules.setdefault("_kernelgateway_environment", types.ModuleType("_kernelgateway_environment"))
        # xeus-python takes the environment for ASCII, whatever the locale says; as octets everything arrives.
        environment, encode = (os.environb, str.encode) if os.supports_bytes_environ else (os.environ, str)
        values = {encode(name): encode(value) for name, value in json.loads(base64.b64decode(payload)).items()}
        module.saved = {name: environment.get(name) for name in values}
        environment.update(values)
        """;

    private const string RestoreScript = """
        import os, sys
        module = sys.modules.get("_kernelgateway_environment")
        saved = module.__dict__.pop("saved", {}) if module else {}
        environment = os.environb if os.supports_bytes_environ else os.environ
        for name, value in saved.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        """;

    private static readonly string SetCall = Call(SetScript);

    private PythonProfile()
    {
    }

    public static PythonProfile Instance { get; } = new();

    public override string RestoreVariables { get; } = Call(RestoreScript) + "{})";

    public override string SetVariables(IReadOnlyDictionary<string, string> variables) =>
        $$"""{{SetCall}}{"payload": "{{Base64(JsonConvert.SerializeObject(variables))}}"})""";

    // A namespace of its own for the script: the user's has no name of ours in it, before or after.
    private static string Call(string script) => $"""exec(__import__("base64").b64decode("{Base64(script)}"), """;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
