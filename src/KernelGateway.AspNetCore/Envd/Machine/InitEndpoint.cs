using System.Globalization;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Kernelspecs;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Users;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Machine;

/// <summary><c>POST /init</c>: changes variables, default user and default directory while the gateway runs.</summary>
/// <remarks>
/// E2B's control plane calls it. Here it needs the token, as the other routes do. What would need the rights of the machine's
/// owner (mounts, certificates) is refused rather than ignored.
/// </remarks>
internal sealed class InitEndpoint(HttpSurface surface, LocalSandbox sandbox)
{
    private static readonly BodyShape Shape = BodyShape.Object(
        ("envVars", BodyShape.Map),
        ("accessToken", BodyShape.Value),
        ("timestamp", BodyShape.Value),
        ("defaultUser", BodyShape.Value),
        ("defaultWorkdir", BodyShape.Value),
        ("volumeMounts", BodyShape.Whole),
        ("caBundle", BodyShape.Value));

    private readonly Lock _gate = new();
    private DateTimeOffset _timestamp = DateTimeOffset.MinValue;   // Guarded by _gate.

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            using var body = await surface.Body.ReadAsync(context, Shape, (_, problem) => throw Invalid(problem), emptyIsObject: true);
            if (body is null) return;
            Apply(body.Json);
            surface.SandboxAudit.Configured(context, body.Json.Properties().Select(property => property.Name));
            context.Response.Headers["X-Envd-Version"] = EnvdVersion.Text;
            context.Response.Headers.CacheControl = "no-store";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (EnvdException exception)
        {
            await EnvdError.WriteAsync(context, exception);
        }
    }

    private void Apply(JObject body)
    {
        var variables = ReadVariables(body["envVars"]);
        var user = ReadText(body, "defaultUser");
        var directory = ReadText(body, "defaultWorkdir");
        if (ReadText(body, "accessToken") is { Length: > 0 } token && token != surface.Options.Token)
            throw Invalid("accessToken: the token is set when the gateway starts");
        if (body["volumeMounts"] is JArray { Count: > 0 }) throw Invalid("volumeMounts: mounts are not supported");
        if (ReadText(body, "caBundle") is { Length: > 0 }) throw Invalid("caBundle: certificates are not supported");
        if (directory is { Length: > 0 } && !directory.StartsWith('/')) throw Invalid("defaultWorkdir is not an absolute path");
        if (user is { Length: > 0 }) CheckUser(user);
        lock (_gate)
        {
            if (!IsNewest(ReadText(body, "timestamp"))) return;
            if (variables is not null) surface.Gateway.Variables.Replace(variables);
            if (user is { Length: > 0 }) sandbox.DefaultUser = user;
            if (directory is { Length: > 0 }) sandbox.WorkingDirectory = directory;
        }
    }

    private void CheckUser(string name)
    {
        try
        {
            sandbox.GetFiles(name);
        }
        catch (Exception exception) when (exception is UnknownUserException or SandboxServices.Files.SandboxFileException)
        {
            throw Invalid($"defaultUser: {exception.Message}");
        }
    }

    // A call that was delayed must not bring back older values.
    private bool IsNewest(string? text)
    {
        if (text is not { Length: > 0 }) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var timestamp))
            throw Invalid("timestamp is not a time in RFC 3339");
        if (timestamp < _timestamp) return false;
        _timestamp = timestamp;
        return true;
    }

    private static Dictionary<string, string>? ReadVariables(JToken? value)
    {
        if (value is null or { Type: JTokenType.Null }) return null;
        if (value is not JObject map) throw Invalid("envVars is not an object");
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, item) in map)
        {
            if (item is not { Type: JTokenType.String }) throw Invalid($"envVars: the value of '{name}' is not a string");
            var text = (string)item!;
            if (!VariableName.IsPossible(name) || text.Contains('\0', StringComparison.Ordinal))
                throw Invalid("envVars: a name contains '=', or a name or value contains NUL");
            if (!SandboxVariables.IsBuiltIn(name)) variables[name] = text;
        }

        return variables;
    }

    private static string? ReadText(JObject body, string name) => body[name]?.Type switch
    {
        null or JTokenType.Null => null,
        JTokenType.String => (string?)body[name],
        _ => throw Invalid($"{name} is not a string"),
    };

    private static EnvdException Invalid(string problem) => new(StatusCodes.Status400BadRequest, problem);
}
