using System.Text;
using Newtonsoft.Json;

namespace KernelGateway.Languages;

/// <summary>Python: <c>os.environ</c>, the old values are kept in a module of the gateway.</summary>
internal sealed class PythonProfile : LanguageProfile
{
    private const string SetScript = """
        import base64, json, os, sys, types
        module = sys.modules.setdefault("_kernelgateway_environment", types.ModuleType("_kernelgateway_environment"))
        # xeus-python reads the environment as ASCII, whatever the locale is; bytes arrive unchanged.
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

    private const string ChangeScript = """
        import base64, json, os
        environment, encode = (os.environb, str.encode) if os.supports_bytes_environ else (os.environ, str)
        for name, value in json.loads(base64.b64decode(payload)).items():
            if value is None:
                environment.pop(encode(name), None)
            else:
                environment[encode(name)] = encode(value)
        """;

    private static readonly string SetCall = Call(SetScript);
    private static readonly string ChangeCall = Call(ChangeScript);

    private PythonProfile()
    {
    }

    public static PythonProfile Instance { get; } = new();

    public override string RestoreVariables { get; } = Call(RestoreScript) + "{})";

    public override string SetVariables(IReadOnlyDictionary<string, string> variables) => SetCall + Payload(variables);

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes) => ChangeCall + Payload(changes);

    // The script has its own namespace, so the user's namespace never contains a name of the gateway.
    private static string Call(string script) => $"""exec(__import__("base64").b64decode("{Base64(script)}"), """;

    private static string Payload(object values) => $$"""{"payload": "{{Base64(JsonConvert.SerializeObject(values))}}"})""";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
