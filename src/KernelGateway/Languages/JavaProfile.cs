using System.Text;

namespace KernelGateway.Languages;

/// <summary>
/// Java: system properties, because a process cannot change its own environment; the old values are kept in a property of the
/// gateway.
/// </summary>
/// <remarks>
/// Java kernels count silent requests, so an execution with variables increases the count by three. The number in its start
/// event is the kernel's, so it is one higher than without variables. Variables of all kernels or of the context count once,
/// with the first execution.
/// </remarks>
internal sealed class JavaProfile : LanguageProfile
{
    private const string Saved = "\"kernelgateway.environment\"";
    private const string Decode = "new String(java.util.Base64.getDecoder().decode({0}), java.nio.charset.StandardCharsets.UTF_8)";

    private JavaProfile()
    {
    }

    public static JavaProfile Instance { get; } = new();

    /// <inheritdoc/>
    /// <remarks>Code reads properties, as with E2B, so those of the launch have to be set too.</remarks>
    public override bool ReadsEnvironment => false;

    // One block is one snippet to jshell, and its declarations end with it.
    public override string RestoreVariables { get; } =
        $$"""
        {
            String saved = System.clearProperty({{Saved}});
            for (String line : (saved == null ? "" : saved).split("\n")) {
                if (line.isEmpty()) continue;
                String[] pair = line.split(":", -1);
                String name = {{Text("pair[0]")}};
                if (pair.length == 1) System.clearProperty(name);
                else System.setProperty(name, {{Text("pair[1]")}});
            }
        }
        """;

    public override string SetVariables(IReadOnlyDictionary<string, string> variables)
    {
        var pairs = string.Join(", ", variables.Select(variable => $$"""{"{{Base64(variable.Key)}}", "{{Base64(variable.Value)}}"}"""));
        return $$"""
            {
                StringBuilder saved = new StringBuilder();
                for (String[] pair : new String[][] { {{pairs}} }) {
                    String old = System.setProperty({{Text("pair[0]")}}, {{Text("pair[1]")}});
                    saved.append(pair[0]);
                    if (old != null) saved.append(':').append(java.util.Base64.getEncoder().encodeToString(old.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
                    saved.append('\n');
                }
                System.setProperty({{Saved}}, saved.toString());
            }
            """;
    }

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes)
    {
        var pairs = string.Join(", ", changes.Select(change =>
            change.Value is { } value
                ? $$"""{"{{Base64(change.Key)}}", "{{Base64(value)}}"}"""
                : $$"""{"{{Base64(change.Key)}}"}"""));
        return $$"""
            {
                for (String[] pair : new String[][] { {{pairs}} }) {
                    String name = {{Text("pair[0]")}};
                    if (pair.length == 1) System.clearProperty(name);
                    else System.setProperty(name, {{Text("pair[1]")}});
                }
            }
            """;
    }

    private static string Text(string expression) => Decode.Replace("{0}", expression, StringComparison.Ordinal);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
