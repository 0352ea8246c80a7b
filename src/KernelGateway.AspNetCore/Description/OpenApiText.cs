using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KernelGateway.AspNetCore.Description;

/// <summary>Adds texts to the generated description that cannot be derived from the routes.</summary>
internal static class OpenApiText
{
    private const string Introduction =
        "Runs code in Jupyter kernels. Contexts keep state; executions stream their events as lines of JSON. The routes and fields of the E2B "
        + "code interpreter are compatible with its SDKs, those of the Jupyter API with its clients; a context and a kernel of one id are the "
        + "same. Every route except `/health` needs the token, if there is one. In addition to the answers "
        + "listed, all of them may answer 401 (`unauthorized`) and 403 (`host_not_allowed`, `origin_not_allowed`, `not_loopback`).";

    private static readonly (string Name, string Description)[] PathParameters =
    [
        ("id", "The id."),
        ("name", "The name of the kernelspec or the terminal."),
        ("file", "The path of the file in the kernelspec's directory."),
        ("path", "The path below the served directory, which is itself the empty path."),
    ];

    public static Task Apply(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "KernelGateway",
            Version = typeof(OpenApiText).Assembly.GetName().Version?.ToString(3) ?? "0",
            Description = Introduction,
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        var schemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "`Authorization: Bearer TOKEN`, or `Authorization: token TOKEN`.",
            },
            ["api_key"] = ApiKey("X-API-Key", ParameterLocation.Header),
            ["access_token"] = ApiKey("X-Access-Token", ParameterLocation.Header),
            ["query"] = ApiKey("token", ParameterLocation.Query),
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = schemes;
        document.Security =
        [
            .. schemes.Keys.Select(name => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(name, document)] = [] }),
        ];
        return Task.CompletedTask;
    }

    public static Task Apply(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var description = context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteDescription>().Single();
        operation.OperationId = description.OperationId;
        operation.Parameters ??= [];
        foreach (var (name, text) in PathParameters)
        {
            // Of the rest of a path the name has stars before it.
            if (!context.Description.RelativePath!.Split('{', '*').Any(part => part.StartsWith(name + "}", StringComparison.Ordinal))) continue;
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = text,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        foreach (var (name, text, type) in description.QueryParameters)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = text,
                Schema = new OpenApiSchema { Type = type == "integer" ? JsonSchemaType.Integer : JsonSchemaType.String },
            });
        }

        foreach (var (status, text) in description.AnswerDescriptions)
        {
            if (operation.Responses?.TryGetValue(status, out var response) == true) response.Description = text;
        }

        // The one route without a token.
        if (description.OperationId == "health") operation.Security = [];
        return Task.CompletedTask;
    }

    public static Task Apply(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(Nothing))
        {
            schema.Type = JsonSchemaType.Null;
            schema.Properties = null;
        }

        return Task.CompletedTask;
    }

    private static OpenApiSecurityScheme ApiKey(string name, ParameterLocation location) =>
        new() { Type = SecuritySchemeType.ApiKey, Name = name, In = location, Description = "The token." };
}
