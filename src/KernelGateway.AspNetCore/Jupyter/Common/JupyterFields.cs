using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Reads the fields of a body of Jupyter's API; <c>null</c> and an empty string count as absent.</summary>
internal sealed class JupyterFields(JObject body, string within = "")
{
    /// <exception cref="JupyterBodyException">The field is not a string, or contains NUL.</exception>
    public string? Text(string name)
    {
        if (Present(name) is not { } value) return null;
        if (value.Type != JTokenType.String) throw Wrong(name, "a string");
        var text = (string)value!;
        if (text.Contains('\0', StringComparison.Ordinal)) throw new JupyterBodyException($"'{within}{name}' contains a NUL character.");
        return text.Length == 0 ? null : text;
    }

    /// <exception cref="JupyterBodyException">The field is not an object.</exception>
    public JObject? Object(string name) => Present(name) is not { } value ? null : value as JObject ?? throw Wrong(name, "an object");

    /// <summary>Reads names and values of environment variables. The messages name variables and never show a value.</summary>
    /// <exception cref="JupyterBodyException">It is not an object of strings, or a variable has an invalid name or
    /// value.</exception>
    public Dictionary<string, string>? Variables(string name)
    {
        if (Object(name) is not { } map) return null;
        var variables = new Dictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (key, item) in map)
        {
            if (key.Length == 0 || key.Any(character => character == '=' || char.IsControl(character)))
            {
                throw new JupyterBodyException($"'{within}{name}' has a name that no variable can have.");
            }

            if (item is not { Type: JTokenType.String }) throw new JupyterBodyException($"'{within}{name}.{key}' has to be a string.");
            var value = (string)item!;
            if (value.Contains('\0', StringComparison.Ordinal)) throw new JupyterBodyException($"'{within}{name}.{key}' contains a NUL character.");
            variables[key] = value;
        }

        return variables;
    }

    private JToken? Present(string name) =>
        body.TryGetValue(name, StringComparison.Ordinal, out var value) && value.Type != JTokenType.Null ? value : null;

    private JupyterBodyException Wrong(string name, string expected) => new($"'{within}{name}' has to be {expected}.");
}

/// <summary>A request body is invalid. The message says why.</summary>
internal sealed class JupyterBodyException(string message) : Exception(message);
