using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary><c>/api/me</c>: the identity of the client, and which of the requested permissions it has.</summary>
/// <param name="servesMachine">Whether the routes of files and terminals are mapped.</param>
internal sealed class IdentityEndpoint(bool servesMachine)
{
    // All clients with the token are one user.
    private const string Anybody = "user";

    // The actions that have routes; every accepted client may do all of them.
    private readonly Dictionary<string, string[]> _possible = new(StringComparer.Ordinal)
    {
        ["api"] = ["read"],
        ["contents"] = servesMachine ? ["read", "write"] : [],
        ["terminals"] = servesMachine ? ["read", "write", "execute"] : [],
        ["kernels"] = ["read", "write", "execute"],
        ["kernelspecs"] = ["read"],
        ["sessions"] = ["read", "write"],
    };

    public async Task HandleAsync(HttpContext context)
    {
        var permissions = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (context.Request.Query["permissions"].ToString() is { Length: > 0 } text)
        {
            if (Parse(text) is not { } asked)
            {
                await JupyterError.BadRequestAsync(
                    context, """'permissions' has to be a JSON object of lists of strings, such as {"kernels": ["read", "execute"]}.""");
                return;
            }

            foreach (var (resource, actions) in asked) permissions[resource] = [.. actions.Intersect(_possible.GetValueOrDefault(resource, []))];
        }

        // The name is known when the embedding application authenticates its users.
        var name = context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } known } ? known : Anybody;
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new MeBody(IdentityBody.Create(name), permissions));
    }

    private static Dictionary<string, string[]>? Parse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = 8 };
            if (JToken.ReadFrom(reader) is not JObject asked || reader.Read()) return null;
            if (asked.Properties().Any(one => one.Value is not JArray list || list.Any(item => item.Type != JTokenType.String))) return null;
            return asked.Properties().ToDictionary(one => one.Name, one => one.Value.Select(item => (string)item!).ToArray(), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
