using System.Text;
using KernelGateway.Mcp.Addresses;
using KernelGateway.Mcp.Executions;
using KernelGateway.Tools.Results;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Resources;

/// <summary>The resources of the server: executions, their images, notebooks of contexts, files.</summary>
internal sealed class GatewayResources
{
    private readonly McpBackend _backend;
    private readonly RecentExecutions _recent;
    private readonly int _maxFileBytes;
    private readonly ArgumentCompletion _completion;
    private readonly ResultShaper _whole;

    public GatewayResources(McpBackend backend, ResultShaper whole, RecentExecutions recent, int maxFileBytes)
    {
        _backend = backend;
        _whole = whole;
        _recent = recent;
        _maxFileBytes = maxFileBytes;
        _completion = new ArgumentCompletion(backend, recent);
    }

    public void ApplyTo(McpServerOptions options)
    {
        options.Handlers.ListResourcesHandler = async (_, cancellationToken) =>
            new ListResourcesResult { Resources = await ListAsync(cancellationToken).ConfigureAwait(false) };
        options.Handlers.ListResourceTemplatesHandler = (_, _) => ValueTask.FromResult(new ListResourceTemplatesResult { ResourceTemplates = ListTemplates() });
        options.Handlers.ReadResourceHandler = async (request, cancellationToken) =>
            new ReadResourceResult { Contents = [await ReadAsync(request.Params?.Uri ?? "", cancellationToken).ConfigureAwait(false)] };
        options.Handlers.CompleteHandler = (request, cancellationToken) => _completion.CompleteAsync(request.Params!, cancellationToken);
    }

    private async Task<IList<Resource>> ListAsync(CancellationToken cancellationToken)
    {
        var resources = new List<Resource>();
        if (_backend.Notebooks is not null)
        {
            foreach (var context in await _backend.Interpreter.ListContextsAsync(cancellationToken).ConfigureAwait(false))
            {
                resources.Add(new Resource
                {
                    Uri = ResourceAddress.OfNotebook(context.Id), Name = $"notebook of context {context.Id}", MimeType = NotebookJson.MediaType,
                    Description = $"What the context ({context.Language}) has executed.",
                });
            }
        }

        resources.AddRange(_recent.Ids.Select(id => new Resource
        {
            Uri = ResourceAddress.OfExecution(id), Name = $"output of execution {id}", MimeType = "text/plain",
        }));
        return resources;
    }

    private List<ResourceTemplate> ListTemplates()
    {
        List<ResourceTemplate> templates =
        [
            new()
            {
                UriTemplate = ResourceAddress.ExecutionTemplate, Name = "execution", MimeType = "text/plain",
                Description = "All that an execution wrote and displayed, as text.",
            },
            new()
            {
                UriTemplate = ResourceAddress.ImageTemplate, Name = "image",
                Description = "An image that an execution displayed, in its original size. Numbers begin with 1.",
            },
        ];
        if (_backend.Notebooks is not null)
        {
            templates.Add(new()
            {
                UriTemplate = ResourceAddress.NotebookTemplate, Name = "notebook", MimeType = NotebookJson.MediaType,
                Description = "What a context has executed, as a notebook with outputs.",
            });
        }

        if (_backend.Files is not null)
        {
            templates.Add(new()
            {
                UriTemplate = ResourceAddress.FileTemplate, Name = "file",
                Description = "A file on the machine of the code. The path is absolute.",
            });
        }

        return templates;
    }

    private async Task<ResourceContents> ReadAsync(string uri, CancellationToken cancellationToken)
    {
        var address = ResourceAddress.TryParse(uri) ?? throw NotFound(uri, "its address has none of the forms of resources/templates/list");
        try
        {
            return address.Kind switch
            {
                ResourceKind.Execution => await ReadExecutionAsync(uri, address.Id, cancellationToken).ConfigureAwait(false),
                ResourceKind.Image => await ReadImageAsync(uri, address, cancellationToken).ConfigureAwait(false),
                ResourceKind.Notebook => await ReadNotebookAsync(uri, address.Id, cancellationToken).ConfigureAwait(false),
                _ => await ReadFileAsync(uri, address.Id, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (KernelGatewayException exception)
        {
            throw NotFound(uri, exception.Message);
        }
    }

    private async Task<ResourceContents> ReadExecutionAsync(string uri, string id, CancellationToken cancellationToken)
    {
        var execution = await FindAsync(uri, id, cancellationToken).ConfigureAwait(false);
        var result = await execution.GetResultAsync(cancellationToken).ConfigureAwait(false);
        var shaped = await _whole.ShapeAsync(result, cancellationToken).ConfigureAwait(false);
        return new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = shaped.Text };
    }

    private async Task<ResourceContents> ReadImageAsync(string uri, ResourceAddress address, CancellationToken cancellationToken)
    {
        var execution = await FindAsync(uri, address.Id, cancellationToken).ConfigureAwait(false);
        var result = await execution.GetResultAsync(cancellationToken).ConfigureAwait(false);
        var image = ExecutionImage.FindAll(result).ElementAtOrDefault(address.Number - 1)
            ?? throw NotFound(uri, $"the execution has no image {address.Number}");
        return BlobResourceContents.FromBytes(image.Data, uri, image.MediaType);
    }

    private async Task<ResourceContents> ReadNotebookAsync(string uri, string contextId, CancellationToken cancellationToken)
    {
        if (_backend.Notebooks is null) throw NotFound(uri, "there are no notebooks");
        var notebook = await _backend.Notebooks.ExportAsync(contextId, cancellationToken).ConfigureAwait(false);
        return new TextResourceContents { Uri = uri, MimeType = NotebookJson.MediaType, Text = Encoding.UTF8.GetString(NotebookJson.Write(notebook)) };
    }

    private async Task<ResourceContents> ReadFileAsync(string uri, string path, CancellationToken cancellationToken)
    {
        if (_backend.Files is null) throw NotFound(uri, "there are no files");
        var content = await _backend.Files.ReadBytesAsync(path, cancellationToken).ConfigureAwait(false);
        if (content.Length > _maxFileBytes) throw NotFound(uri, $"the file has {content.Length} bytes; at most {_maxFileBytes} are given");
        if (PlainText.TryDecode(content) is { } text) return new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = text };
        return BlobResourceContents.FromBytes(content, uri, "application/octet-stream");
    }

    private async Task<IExecution> FindAsync(string uri, string id, CancellationToken cancellationToken) =>
        await _backend.Executions.FindAsync(id, cancellationToken).ConfigureAwait(false)
        ?? throw NotFound(uri, "there is no such execution, or it is no longer retained");

    private static McpProtocolException NotFound(string uri, string reason) =>
        new($"The resource {uri} cannot be read: {reason}.", McpErrorCode.ResourceNotFound);
}
